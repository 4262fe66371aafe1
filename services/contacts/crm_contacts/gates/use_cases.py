"""Holding changes against validations: where they are announced, so that no way leads past."""

from collections import Counter
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from contextvars import ContextVar
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncSession

from crm_contacts.gates import queries
from crm_contacts.gates.catalogue import (
    NOUNS,
    OF_MODEL,
    GuardedNoun,
    Guards,
    guards_now,
    outcome_of,
)
from crm_shared import context
from crm_shared.db.types import Aggregate
from crm_shared.events.envelope import Event
from crm_shared.validations.errors import ForbiddenByValidationError
from crm_shared.validations.rules import (
    BOOK,
    Attempt,
    Beside,
    Refusal,
    ValidationEntry,
    concerned,
)

Change = tuple[Aggregate, Event, datetime | None]
# noun, owner, stage: None for all stages
Held = tuple[str, UUID, str | None]
NOTHING = Guards()
UPDATE = frozenset({"update"})
# What each kind of event means to a validation. What is not here is nobody's wish: alarms,
# answers, erasing, restricting, undoing a merge, a customer's own word.
DOES = {
    "created": frozenset({"create"}),
    "deleted": frozenset({"archive"}),
    "merged": UPDATE | {"merge"},
    **dict.fromkeys(
        ("updated", "restored", "assigned", "responded", "qualified", "disqualified"), UPDATE
    ),
    **dict.fromkeys(("converted", "reopened", "waiting", "resumed", "solved", "closed"), UPDATE),
    "first_responded": UPDATE,
}
_open: ContextVar[bool] = ContextVar("crm_gates_open", default=False)


@contextmanager
def open_gates() -> Iterator[None]:
    """Ask nobody in this block: what is done there must not fail by a company's own rules."""
    token = _open.set(True)
    try:
        yield
    finally:
        _open.reset(token)


async def pass_gates(
    session: AsyncSession, changes: Sequence[Change], guards: Guards | None = None
) -> int | None:
    """Refuse what a validation forbids, every unmet demand of the first such record named.

    The rows stand as they would after the change. `guards` are those of this moment unless they
    are given; returns the mark they stand under, None where nobody asks. Raises
    ForbiddenByValidationError.
    """
    if not _watched(changes):
        return None
    asked = guards or await guards_now(session)
    for found in (await refused_of(session, changes, asked, only_first=True)).values():
        raise ForbiddenByValidationError(found)
    return asked.mark


def _watched(changes: Sequence[Change]) -> list[Change]:
    return [] if _open.get() else [one for one in changes if type(one[0]) in OF_MODEL]


async def refused_of(
    session: AsyncSession,
    changes: Sequence[Change],
    guards: Guards | None = None,
    *,
    only_first: bool = False,
) -> dict[UUID, list[Refusal]]:
    """Return what validations say against each of these records; those they let pass are left out.

    New records of one call count for the next one's limit.
    """
    refused: dict[UUID, list[Refusal]] = {}
    watched = _watched(changes)
    if guards is None:
        guards = await guards_now(session) if watched else NOTHING
    ahead: Counter[Held] = Counter()
    for row, event, _ in watched if guards.entries else ():
        attempt = _attempt(OF_MODEL[type(row)], row, event)
        if attempt is None:
            continue
        found = await _refusals(session, guards, attempt, ahead)
        if found:
            refused[row.id] = found
            if only_first:
                break
        elif "create" in attempt.does and (owner_id := attempt.values["owner_id"]) is not None:
            ahead[attempt.within, owner_id, None] += 1
            ahead[attempt.within, owner_id, attempt.stage] += 1
    return refused


async def are_guarded(session: AsyncSession) -> bool:
    """Tell whether any validation is in force."""
    return bool((await guards_now(session)).entries)


async def _refusals(
    session: AsyncSession, guards: Guards, attempt: Attempt, ahead: Counter[Held]
) -> list[Refusal]:
    meant = concerned(guards.entries, attempt)
    if not meant:
        return []
    return list(BOOK.refusals(meant, attempt, await _beside(session, meant, attempt, ahead)))


def _attempt(noun: GuardedNoun, row: Any, event: Event) -> Attempt | None:
    does = DOES.get(event.type.split(".")[3])
    # the one that goes into another ends with it; only what stays is asked
    if does is None or getattr(event, "survivor_id", row.id) != row.id:
        return None
    told = set(getattr(event, "changed", ()))
    changed = {"custom_fields" if name == "personal_fields" else name for name in told}
    stage = getattr(row, noun.stage)
    if noun.stage in changed or ("create" in does and stage is not None):
        does |= {"enter"}
    return Attempt(
        record_id=row.id,
        within=noun.name,
        does=does,
        stage=stage,
        outcome=outcome_of(row),
        changed=frozenset(changed),
        values=noun.values_of(row),
        is_import=context.current().bulk,
    )


async def _beside(
    session: AsyncSession,
    meant: Sequence[ValidationEntry],
    attempt: Attempt,
    ahead: Counter[Held],
) -> Beside:
    wanted = BOOK.wanted(meant)
    known: dict[str, Any] = {}
    if "work" in wanted:
        known |= await queries.work_around(session, attempt.within, attempt.record_id)
    owner_id, stage = attempt.values.get("owner_id"), attempt.stage
    if "owner" in wanted and owner_id is not None:
        held = await queries.held_by(
            session, NOUNS[attempt.within], owner_id, but=attempt.record_id, stage=stage
        )
        known["held_by_owner"] = {
            "all": held["all"] + ahead[attempt.within, owner_id, None],
            "stage": held["stage"] + (ahead[attempt.within, owner_id, stage] if stage else 0),
        }
    return Beside(**known)
