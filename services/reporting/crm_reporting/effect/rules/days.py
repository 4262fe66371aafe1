"""Days on which customers had a deal open."""

from datetime import date
from uuid import UUID

# after so many more the spans of a customer are joined: most of them overlap
MANY_SPANS = 32


class OpenDays:
    """When customers had a deal open: spans of each that do not touch, however many deals."""

    def __init__(self) -> None:
        self._spans: dict[UUID, list[tuple[date, date]]] = {}

    def add(self, customer: UUID, first: date, until: date) -> None:
        """Take in a deal that was open from a day until another, which is excluded."""
        spans = self._spans.setdefault(customer, [])
        spans.append((first, until))
        if len(spans) % MANY_SPANS == 0:
            self._spans[customer] = _joined(spans)

    def with_all_of(self, other: "OpenDays") -> "OpenDays":
        """Return both together."""
        both = OpenDays()
        for days in (self, other):
            for customer, spans in days._spans.items():
                for first, until in spans:
                    both.add(customer, first, until)
        both._spans = {customer: _joined(spans) for customer, spans in both._spans.items()}
        return both

    def on(self, day: date) -> set[UUID]:
        """Return who had a deal open at the end of a day."""
        return {
            customer
            for customer, spans in self._spans.items()
            if any(first <= day < until for first, until in spans)
        }


def _joined(spans: list[tuple[date, date]]) -> list[tuple[date, date]]:
    found: list[tuple[date, date]] = []
    for first, until in sorted(spans):
        if first >= until:
            continue
        if found and first <= found[-1][1]:
            found[-1] = (found[-1][0], max(found[-1][1], until))
        else:
            found.append((first, until))
    return found
