"""Taking cases in, changing them and putting them away."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any
from zoneinfo import ZoneInfo

from sqlalchemy.exc import IntegrityError
from sqlalchemy.ext.asyncio import AsyncSession

from crm_contacts.cases import queries
from crm_contacts.cases.errors import (
    CaseExistsError,
    CaseNotFoundError,
    CaseOutsideScopeError,
    UnknownQueueError,
)
from crm_contacts.cases.models import Case
from crm_contacts.cases.rules import CasePriority, CaseStatus
from crm_contacts.cases.use_cases.announcements import changes_of, facts_of, said, terms_of
from crm_contacts.customs.catalogue import BOOK
from crm_contacts.events import (
    CaseAssigned,
    CaseCreated,
    CaseDeleted,
    CaseRestored,
    CaseUpdated,
)
from crm_contacts.users.queries import first_team
from crm_contacts.versions.use_cases import announce
from crm_shared.actor import Access
from crm_shared.clock import utc_now
from crm_shared.db.refusals import not_unique
from crm_shared.ids import new_id

Values = Mapping[str, Any]
EMPTY: Values = {"priority": CasePriority.NORMAL, "status": CaseStatus.NEW, "waited_s": 0}


async def create_case(
    session: AsyncSession,
    access: Access,
    values: Values,
    *,
    zone: ZoneInfo,
    at: datetime | None = None,
    is_counted: bool = True,
) -> Case:
    """Take a case in and announce it: it belongs to its queue's team, and its limits run.

    One of another day (`at`) begins to count today; of one that is over nothing is counted.
    """
    settled = await BOOK.settled(session, "case", values)
    given = await _placed(session, access, settled)
    terms = await terms_of(session, given.get("queue_id"), zone)
    case = new_case({**given, "number": await queries.next_number(session)})
    case.created_at = at or case.created_at
    if is_counted:
        case.start(terms)
    if not access.may_see(case.owner_id, case.team_id):
        raise CaseOutsideScopeError
    session.add(case)
    try:
        told = CaseCreated(case=facts_of(case), changed=[], previous={})
        await announce(session, case, told, at=at)
    except IntegrityError as taken:
        raise not_unique(taken) or CaseExistsError() from taken
    return case


def new_case(values: Values) -> Case:
    """Make the row, clocks not yet running."""
    now = utc_now()
    case = Case(id=new_id(), created_at=now, clock_started_at=now, reopened_count=0)
    # rows of their own each: what one case's list holds is not another's
    fresh: Values = {"tags": [], "custom_fields": {}, "personal_fields": {}}
    for name, value in {**EMPTY, **fresh, **values}.items():
        setattr(case, name, value)
    case.be_found()
    return case


async def update_case(
    session: AsyncSession, access: Access, case: Case, values: Values, *, zone: ZoneInfo
) -> Case:
    """Change a case and announce it; a change that changes nothing says nothing."""
    given = await BOOK.settled(session, "case", values, case)
    if given.get("queue_id") not in (None, case.queue_id):
        await _must_take(session, given["queue_id"])
    queue_id = given.get("queue_id", case.queue_id)
    case.apply(given, await terms_of(session, queue_id, zone))
    if not access.may_see(case.owner_id, case.team_id):
        raise CaseOutsideScopeError
    changed, _ = changes_of(case)
    if not changed:
        return case
    kind: type[CaseRestored | CaseAssigned | CaseUpdated] = CaseUpdated
    if "deleted_at" in changed:
        kind = CaseRestored
    elif "owner_id" in changed:
        kind = CaseAssigned
    await announce(session, case, said(kind, case))
    return case


async def write_case(
    session: AsyncSession, access: Access, values: Values, *, zone: ZoneInfo
) -> tuple[Case, bool]:
    """Create a case, or change the one that its external id names; tell whether it is new."""
    system, external_id = values.get("source_system"), values.get("external_id")
    case = None
    if system is not None and external_id is not None:
        case = await queries.find_by_external(session, system, external_id)
    if case is None:
        return await create_case(session, access, values, zone=zone), True
    if not access.may_see(case.owner_id, case.team_id):
        raise CaseNotFoundError(str(external_id))
    back = {**values, "deleted_at": None}
    return await update_case(session, access, case, back, zone=zone), False


async def assign_case(session: AsyncSession, access: Access, case: Case, values: Values) -> Case:
    """Give a case to somebody; its team stays unless `team_id` names another."""
    for name, value in values.items():
        setattr(case, name, value)
    if case.team_id is None and case.owner_id is not None:
        case.team_id = await first_team(session, case.owner_id)
    if not access.may_see(case.owner_id, case.team_id):
        raise CaseOutsideScopeError
    changed, _ = changes_of(case)
    if changed:
        await announce(session, case, said(CaseAssigned, case))
    return case


async def delete_case(session: AsyncSession, case: Case) -> None:
    """Put a case away."""
    case.deleted_at = utc_now()
    event = CaseDeleted(case=facts_of(case), changed=["deleted_at"], previous={})
    await announce(session, case, event)


async def restore_case(session: AsyncSession, case: Case) -> Case:
    """Bring back a case that was put away."""
    case.deleted_at = None
    event = CaseRestored(case=facts_of(case), changed=["deleted_at"], previous={})
    await announce(session, case, event)
    return case


async def _placed(session: AsyncSession, access: Access, values: Values) -> dict[str, Any]:
    """Complete the team: the queue's, else the owner's; without a queue the maker owns it."""
    given = dict(values)
    if given.get("queue_id") is not None:
        team_id = await _must_take(session, given["queue_id"])
        given.setdefault("team_id", team_id)
    else:
        given.setdefault("owner_id", access.actor.id if access.actor.kind == "user" else None)
    if given.get("team_id") is None and given.get("owner_id") is not None:
        given["team_id"] = await first_team(session, given["owner_id"])
    return given


async def _must_take(session: AsyncSession, queue_id: Any) -> Any:
    queue = await queries.find_queue(session, queue_id)
    if queue is None or queue.deleted_at is not None or not queue.is_active:
        raise UnknownQueueError
    return queue.team_id
