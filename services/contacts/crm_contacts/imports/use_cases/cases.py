"""Support cases that come in, with the days they were opened and solved."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from crm_contacts.cases import queries
from crm_contacts.cases.models import Case
from crm_contacts.cases.rules import WORKED_ON, CaseStatus
from crm_contacts.cases.schemas import CaseIn
from crm_contacts.cases.use_cases import moves, writing
from crm_contacts.imports.errors import (
    SOLVED_IN_THE_FUTURE,
    UNKNOWN_CASE_OUTCOME,
    UNKNOWN_CASE_STATUS,
)
from crm_contacts.imports.queries import by_ids
from crm_contacts.imports.use_cases.common import Incoming, checked, outcome
from crm_shared.clock import utc_now
from crm_shared.errors import InvalidError
from crm_shared.imports.nouns import Desk, Outcome

STATES = frozenset({CaseStatus.OPEN, CaseStatus.SOLVED, CaseStatus.CLOSED})
OUTCOMES = frozenset({"success", "failure"})


@dataclass(frozen=True, slots=True)
class IncomingCase:
    """A case, and how and when it ended elsewhere."""

    row: Incoming
    status: str
    outcome: str
    solved_at: datetime | None

    @property
    def is_done(self) -> bool:
        """Whether there is nothing left to do about it."""
        return self.status != CaseStatus.OPEN


def check_case(_desk: Desk, values: dict[str, Any]) -> IncomingCase:
    """Return a case that the API would take; with a day of its solution it is solved."""
    solved_at, ended = values.pop("solved_at", None), values.pop("outcome", None) or "success"
    standard = CaseStatus.OPEN if solved_at is None else CaseStatus.SOLVED
    status = values.pop("status", None) or standard
    if status not in STATES:
        raise InvalidError(UNKNOWN_CASE_STATUS)
    if ended not in OUTCOMES:
        raise InvalidError(UNKNOWN_CASE_OUTCOME)
    if solved_at is not None and solved_at > utc_now():
        raise InvalidError(SOLVED_IN_THE_FUTURE)
    return IncomingCase(checked(CaseIn, values), status, ended, solved_at)


async def write_cases(desk: Desk, batch: Sequence[IncomingCase]) -> list[Outcome]:
    """Put cases in, one after another; one that is done here is not opened again."""
    found = await by_ids(desk.session, Case, [one.row.record_id for one in batch])
    outcomes: list[Outcome] = []
    for one in batch:
        here = found.get(one.row.record_id)
        if here is None and one.row.name:
            here = await queries.find_by_external(desk.session, desk.system, one.row.name)
        before = here.revision if here else 0
        case = await _put(desk, one, here)
        if one.is_done:
            await _end(desk, one, case)
        outcomes.append(outcome(here is None, case.revision != before))
    return outcomes


async def _put(desk: Desk, one: IncomingCase, here: Case | None) -> Case:
    zone = desk.settings.zone
    if here is not None:
        back = {**one.row.values, "deleted_at": None}
        return await writing.update_case(desk.session, desk.access, here, back, zone=zone)
    # nobody's unless the row says whose: not the one's who brings it in
    values = {"owner_id": None, **one.row.values}
    return await writing.create_case(
        desk.session,
        desk.access,
        values,
        zone=zone,
        at=one.row.created_at or one.solved_at,
        is_counted=not one.is_done,
    )


async def _end(desk: Desk, one: IncomingCase, case: Case) -> None:
    session, at = desk.session, max(one.solved_at or utc_now(), case.created_at)
    if case.status in WORKED_ON:
        by_id = case.owner_id or desk.access.actor.id
        await moves.solve_case(session, by_id, case, one.outcome, zone=desk.settings.zone, at=at)
    if one.status == CaseStatus.CLOSED and case.status == CaseStatus.SOLVED:
        await moves.close_case(session, case, at=at)
