"""How people are loaded, who idles, who uses the system: K48, K57, K66. Pure."""

from collections.abc import Collection, Iterable, Mapping, Sequence
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


def licensed(words: Sequence[Word], day: date) -> dict[UUID, Word]:
    """Return the people who could work with the system on a day, by what was told until then.

    `words`: in the order they were told.
    """
    last = {one.user: one for one in words if one.on <= day}
    return {user: one for user, one in last.items() if one.is_active and one.role not in NO_PEOPLE}


def adoption(
    words: Sequence[Word],
    active: Mapping[date, Collection[UUID]],
    only: Collection[UUID] | None = None,
) -> Figure:
    """K66: the mean over working days of users who wrote / users who could.

    `active` has every working day that counts; `only` confines it to some users.
    """
    parts, seen = [], set()
    for day, wrote in active.items():
        users = {one for one in licensed(words, day) if only is None or one in only}
        seen |= users
        if users:
            parts.append(Decimal(len(users & set(wrote))) * HUNDRED / len(users))
    if not parts:
        return unknown(Reason.NO_DATA)
    whole = sum(parts, Decimal(0))
    return Figure(
        whole / len(parts), len(parts), whole, Decimal(len(parts)), details={"users": len(seen)}
    )
