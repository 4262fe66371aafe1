"""What of the past can be asked, and how near it comes."""

from collections.abc import Iterator, Mapping
from typing import Any, Final

from crm_contacts.purchases.fields import RESTATED

# Of these only the present is kept.
PRESENT_ONLY: Final = frozenset({"has_next_step", "open_deals"})
# Calls and activities can be logged, corrected and put away later.
AS_LOGGED: Final = frozenset({"last_contacted_at", "days_since_contact"})


def names_in(raw: object) -> Iterator[tuple[str, str]]:
    """Return every field that a rule asks, with the pointer of its place."""
    yield from _names(raw, "")


def _names(raw: object, pointer: str) -> Iterator[tuple[str, str]]:
    if isinstance(raw, Mapping):
        if isinstance(raw.get("field"), str):
            yield raw["field"], pointer
        for key, part in raw.items():
            yield from _names(part, f"{pointer}/{key}")
    elif isinstance(raw, list):
        for index, part in enumerate(raw):
            yield from _names(part, f"{pointer}/{index}")


def approximations(raw: object) -> list[str]:
    """Return how an answer about the past may differ from what was seen then."""
    asked = {name.partition(".")[0] for name, _ in names_in(raw)}
    told = {
        "purchases_as_known_now": RESTATED,
        "contacts_made_as_known_now": AS_LOGGED,
        "custom_fields_as_defined_now": frozenset({"custom"}),
    }
    return [name for name, about in told.items() if asked & about]


def present_only(raw: Any) -> list[tuple[str, str]]:
    """Return the fields of a rule that nobody can tell of the past, with their pointers."""
    return [(name, pointer) for name, pointer in names_in(raw) if name in PRESENT_ONLY]
