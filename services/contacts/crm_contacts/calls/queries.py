"""Every SELECT of the calls feature."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from sqlalchemy import (
    ARRAY,
    Interval,
    Select,
    Text,
    and_,
    cast,
    func,
    literal,
    or_,
    select,
    true,
)
from sqlalchemy.dialects.postgresql import array
from sqlalchemy.ext.asyncio import AsyncSession
from sqlalchemy.sql.selectable import LateralFromClause

from crm_contacts.activities.models import Direction
from crm_contacts.call_lists.models import CallAttempt
from crm_contacts.call_lists.rules import Result
from crm_contacts.calls.errors import CallNotFoundError
from crm_contacts.calls.models import Call, RecordingRead
from crm_contacts.companies.models import Company
from crm_contacts.contacts.models import Contact
from crm_contacts.leads.models import OPEN, Lead
from crm_contacts.tasks.models import Task, TaskStatus
from crm_contacts.users.models import User
from crm_shared.actor import Access
from crm_shared.db.scope import visible

# a caller may have his talk first and write afterwards, after the break even
LOGGED_WITHIN = timedelta(hours=12)


@dataclass(frozen=True, slots=True)
class Caller:
    """Whom a number belongs to, and who looks after him."""

    contact_id: UUID | None = None
    company_id: UUID | None = None
    owner_id: UUID | None = None
    team_id: UUID | None = None
    lead_id: UUID | None = None


def visible_calls(access: Access) -> Select[Call]:
    """Return the calls somebody may see."""
    return select(Call).where(
        visible(access, Call.user_id, Call.team_id), Call.deleted_at.is_(None)
    )


async def get_call(session: AsyncSession, access: Access, call_id: UUID) -> Call:
    call = (await session.scalars(visible_calls(access).where(Call.id == call_id))).one_or_none()
    if call is None:
        raise CallNotFoundError(call_id)
    return call


async def find_by_external(session: AsyncSession, system: str, external_id: str) -> Call | None:
    found = select(Call).where(Call.source_system == system, Call.external_id == external_id)
    return (await session.scalars(found)).one_or_none()


async def who_has_number(session: AsyncSession, number: str) -> Caller:
    """Return the person, else company, else lead, with this number; of several the oldest.

    Of leads those first that are still open: the others rest, but somebody looked after them.
    """
    numbers = cast(array([number]), ARRAY(Text))
    person = (
        select(Contact.id, Contact.company_id, Contact.owner_id, Contact.team_id)
        .where(Contact.phone_keys.op("@>")(numbers), Contact.deleted_at.is_(None))
        # always the same one: a duplicate that comes later must not take over a conversation
        .order_by(Contact.created_at, Contact.id)
        .limit(1)
    )
    if (found := (await session.execute(person)).one_or_none()) is not None:
        return Caller(*found)
    firm = (
        select(Company.id, Company.owner_id, Company.team_id)
        .where(Company.phone_keys.op("@>")(numbers), Company.deleted_at.is_(None))
        .order_by(Company.created_at, Company.id)
        .limit(1)
    )
    if (known := (await session.execute(firm)).one_or_none()) is not None:
        return Caller(None, *known)
    lead = (
        select(Lead.owner_id, Lead.team_id, Lead.id)
        .where(Lead.phone_keys.op("@>")(numbers), Lead.deleted_at.is_(None))
        .order_by(Lead.status.in_(sorted(OPEN)).desc(), Lead.created_at, Lead.id)
        .limit(1)
    )
    if (hopeful := (await session.execute(lead)).one_or_none()) is not None:
        return Caller(None, None, *hopeful)
    return Caller()


async def whose_lead(session: AsyncSession, lead_id: UUID) -> Caller:
    """Return who looks after a lead that a telephone system names."""
    found = select(Lead.owner_id, Lead.team_id, Lead.id).where(Lead.id == lead_id)
    known = (await session.execute(found)).one_or_none()
    return Caller() if known is None else Caller(None, None, *known)


async def waiting_callback(session: AsyncSession, call: Call, window: timedelta) -> UUID | None:
    """Return the call of this number, not long before, whose call-back is still to be made."""
    found = (
        select(Call.id)
        .join(Task, Task.id == Call.callback_task_id)
        .where(
            Call.client_number == call.client_number,
            # both ways: systems deliver calls late and out of order
            Call.started_at.between(call.started_at - window, call.started_at + window),
            Call.id != call.id,
            Task.status == TaskStatus.OPEN,
        )
        .order_by(Call.started_at.desc())
        .limit(1)
    )
    return await session.scalar(found)


async def language_of(session: AsyncSession, user_id: UUID) -> str | None:
    return await session.scalar(select(User.language).where(User.id == user_id))


async def list_reads(
    session: AsyncSession, call_id: UUID, *, before: datetime | None, limit: int
) -> list[RecordingRead]:
    found = select(RecordingRead).where(RecordingRead.call_id == call_id)
    if before is not None:
        found = found.where(RecordingRead.at < before)
    return list(await session.scalars(found.order_by(RecordingRead.at.desc()).limit(limit)))


async def count_marks(
    session: AsyncSession, access: Access, since: datetime, until: datetime
) -> list[dict[str, Any]]:
    """Count answered calls by mark, and what came of those that were made from a call list.

    A call and what its caller logged of it in the list are two facts of two systems: they belong
    together when he logged it about the same client within twelve hours of its beginning.
    """
    logged = _logged_in_a_list()
    cold, of = logged.c.result.is_not(None), func.count().filter
    became_client = and_(Lead.converted_at.is_not(None), Lead.converted_at >= Call.started_at)
    found = (
        select(
            Call.mark,
            func.count().label("calls"),
            func.coalesce(func.sum(Call.duration_s), 0).label("duration_s"),
            of(cold).label("cold"),
            of(logged.c.result == Result.REFUSED).label("refused"),
            of(became_client).label("converted"),
            of(logged.c.lead_id.is_not(None)).label("leads"),
        )
        .select_from(Call)
        .outerjoin(logged, true())
        .outerjoin(Lead, Lead.id == logged.c.lead_id)
        .where(visible(access, Call.user_id, Call.team_id), Call.deleted_at.is_(None))
        .where(Call.answered.is_(True), Call.started_at >= since, Call.started_at < until)
        .group_by(Call.mark)
        .order_by(Call.mark.desc().nulls_last())
    )
    return [dict(row) for row in (await session.execute(found)).mappings()]


def _logged_in_a_list() -> LateralFromClause:
    """What the caller of a call logged first about the same client in a call list."""
    callee = or_(
        CallAttempt.contact_id == Call.contact_id,
        CallAttempt.lead_id == Call.lead_id,
        CallAttempt.company_id == Call.company_id,
    )
    found = (
        select(CallAttempt.result, CallAttempt.lead_id)
        .where(callee, CallAttempt.user_id == Call.user_id)
        .where(
            CallAttempt.at.between(
                Call.started_at, Call.started_at + literal(LOGGED_WITHIN, Interval())
            )
        )
        .where(Call.direction == Direction.OUTBOUND)
        .order_by(CallAttempt.at)
        .limit(1)
    )
    return found.lateral("logged")
