"""How people are loaded, who idles, who uses the system: K48, K57, K66. Pure."""

from collections import deque
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence, Set
from datetime import date
from decimal import Decimal
from typing import NamedTuple
from uuid import UUID

from crm_reporting.metrics.rules.numbers import HUNDRED, Figure, Reason, part_of, ratio, unknown
from crm_shared.actor import Role

HOUR = 3600
# K57: below this part of the colleagues of a role
QUARTER = Decimal("0.25")
# programs, and who is not known
NO_PEOPLE = frozenset({Role.INTEGRATION, Role.SYSTEM})


class Planned(NamedTuple):
    """Open work of one kind: how much, how much of it says how long it takes, and how long."""

    owner: UUID | None
    team: UUID | None
    kind: str | None
    n: int
    told: int
    seconds: Decimal


def load(work: Sequence[Planned], usual: Mapping[str | None, Decimal], hours: Decimal) -> Figure:
    """K48: planned effort / capacity; what names no effort takes what its kind usually takes."""
    n = sum(one.n for one in work)
    bare = sum(one.n - one.told for one in work if one.kind not in usual)
    effort = sum((one.seconds for one in work), Decimal(0)) + sum(
        ((one.n - one.told) * usual.get(one.kind, Decimal(0)) for one in work), Decimal(0)
    )
    details: dict[str, Decimal | int | None] = {"without_effort": bare, "capacity_hours": hours}
    if not hours:
        return Figure(None, n, reason=Reason.NO_INPUT, details=details)
    if n and bare == n:
        return Figure(None, n, coverage=Decimal(0), reason=Reason.NO_DATA, details=details)
    spent = effort / HOUR
    return Figure(
        spent * HUNDRED / hours, n, spent, hours, part_of(n - bare, n), details=details
    )  # fmt: skip


class Present(NamedTuple):
    """Somebody on the staff: his role, the days he was to work on, and those on which he did."""

    user: UUID
    team: UUID | None
    role: str
    working: frozenset[date]
    busy: frozenset[date]
    done: int
    profit: Decimal


def idle(people: Sequence[Present], below: Collection[UUID]) -> Figure:
    """K57: working days without anything done / working days."""
    days = sum(len(one.working) for one in people)
    idle_days = sum(len(one.working - one.busy) for one in people)
    if not people:
        return unknown(Reason.NO_INPUT)
    figure = ratio(idle_days, days)
    figure.details.update(
        {"working_days": days, "below_peers": sum(one.user in below for one in people)}
    )
    return figure


def below_peers(people: Iterable[Present]) -> set[UUID]:
    """K57: who lies below the first quarter of his role in what he did and in what it brought."""
    by_role: dict[str, list[Present]] = {}
    for one in people:
        by_role.setdefault(one.role, []).append(one)
    found = set()
    for peers in by_role.values():
        few, little = (
            quartile(sorted(values))
            for values in ([Decimal(one.done) for one in peers], [one.profit for one in peers])
        )
        found |= {one.user for one in peers if one.done < few and one.profit < little}
    return found


def quartile(values: Sequence[Decimal]) -> Decimal:
    """Return the 25th percentile of sorted values, between neighbours in proportion."""
    place = QUARTER * (len(values) - 1)
    low = int(place)
    high = min(low + 1, len(values) - 1)
    return values[low] + (values[high] - values[low]) * (place - low)


class Word(NamedTuple):
    """What was told of a user on a day: whether he may sign in, as what, in which teams."""

    user: UUID
    on: date
    is_active: bool
    role: str
    teams: frozenset[UUID]


def is_licensed(word: Word) -> bool:
    """Tell whether somebody could work with the system, as he was told of last."""
    return word.is_active and word.role not in NO_PEOPLE


def users_since(words: Iterable[Word]) -> dict[UUID, date]:
    """Return who ever could work with the system, and since which day at the earliest."""
    found: dict[UUID, date] = {}
    for word in words:
        if is_licensed(word):
            found[word.user] = min(found.get(word.user, word.on), word.on)
    return found


def licensed(words: Sequence[Word], days: Iterable[date]) -> Iterator[tuple[date, set[UUID]]]:
    """Yield for each day who could work with the system, by what was told until then.

    `words`: those of each user in the order they were told. The set is the same one every time.
    """
    ordered = sorted(range(len(words)), key=lambda place: words[place].on)
    to_come, told, users = deque(ordered), dict[UUID, int](), set[UUID]()
    for day in sorted(days):
        while to_come and words[to_come[0]].on <= day:
            place = to_come.popleft()
            word = words[place]
            if place < told.get(word.user, 0):
                continue
            told[word.user] = place
            (users.add if is_licensed(word) else users.discard)(word.user)
        yield day, users


def adoption(words: Sequence[Word], active: Mapping[date, Set[UUID]]) -> Figure:
    """K66: the mean over working days of users who wrote / users who could.

    `active` has every working day that counts, `words` what was told of those it is about.
    """
    parts, seen = [], set[UUID]()
    for day, users in licensed(words, active):
        seen |= users
        if users:
            parts.append(Decimal(len(users & active[day])) * HUNDRED / len(users))
    if not parts:
        return unknown(Reason.NO_DATA)
    whole = sum(parts, Decimal(0))
    return Figure(
        whole / len(parts), len(parts), whole, Decimal(len(parts)), details={"users": len(seen)}
    )
