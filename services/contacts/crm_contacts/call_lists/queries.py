"""Every SELECT of the call lists feature."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import ColumnElement, Select, and_, any_, false, func, literal, or_, select, true
from sqlalchemy.ext.asyncio import AsyncSession
from sqlalchemy.orm import aliased

from crm_contacts.call_lists.catalogue import CALLEES, Callee
from crm_contacts.call_lists.errors import CallListNotFoundError, EntryNotFoundError
from crm_contacts.call_lists.models import CallAttempt, CallList, CallListEntry
from crm_contacts.call_lists.rules import RESERVED_FOR, EntryStatus, Exclusion, ListStatus
from crm_contacts.companies.models import Company
from crm_contacts.contacts.models import Contact
from crm_contacts.leads.models import Lead
from crm_shared.actor import Access, Scope
from crm_shared.db.aliases import surviving
from crm_shared.db.infrastructure import ALIASES
from crm_shared.db.scope import visible

WAITING, TAKEN = EntryStatus.WAITING, EntryStatus.TAKEN


def visible_call_lists(access: Access) -> Select[CallList]:
    """Return the lists somebody may see: within his scope, and those that he is to call."""
    found = select(CallList).where(CallList.deleted_at.is_(None))
    if access.scope is Scope.ALL:
        return found
    is_caller: ColumnElement[bool] = literal(access.actor.id) == any_(CallList.caller_ids)
    return found.where(or_(visible(access, CallList.owner_id, CallList.team_id), is_caller))


async def get_call_list(session: AsyncSession, access: Access, call_list_id: UUID) -> CallList:
    """Return a list that somebody may see."""
    found = visible_call_lists(access).where(CallList.id == call_list_id)
    return _found((await session.scalars(found)).one_or_none(), call_list_id)


async def get_own_call_list(session: AsyncSession, access: Access, call_list_id: UUID) -> CallList:
    """Return a list that somebody may change."""
    found = select(CallList).where(
        CallList.id == call_list_id,
        CallList.deleted_at.is_(None),
        visible(access, CallList.owner_id, CallList.team_id),
    )
    return _found((await session.scalars(found)).one_or_none(), call_list_id)


def _found(call_list: CallList | None, call_list_id: UUID) -> CallList:
    if call_list is None:
        raise CallListNotFoundError(call_list_id)
    return call_list


def visible_entries(access: Access) -> Select[CallListEntry]:
    """Return who is on the lists that somebody may see."""
    lists = visible_call_lists(access).with_only_columns(CallList.id)
    return select(CallListEntry).where(CallListEntry.call_list_id.in_(lists))


async def hold_entry(session: AsyncSession, call_list: CallList, entry_id: UUID) -> CallListEntry:
    """Hold one entry of a list until the transaction ends."""
    found = select(CallListEntry).where(
        CallListEntry.id == entry_id, CallListEntry.call_list_id == call_list.id
    )
    held = found.with_for_update().execution_options(populate_existing=True)
    entry = (await session.scalars(held)).one_or_none()
    if entry is None:
        raise EntryNotFoundError(entry_id)
    return entry


async def get_entry(session: AsyncSession, call_list: CallList, entry_id: UUID) -> CallListEntry:
    """Return one entry of a list."""
    entry = await session.get(CallListEntry, entry_id)
    if entry is None or entry.call_list_id != call_list.id:
        raise EntryNotFoundError(entry_id)
    return entry


async def held_by(
    session: AsyncSession, call_list: CallList, user_id: UUID, now: datetime
) -> CallListEntry | None:
    """Return whom a caller has in hand already."""
    found = select(CallListEntry).where(
        CallListEntry.call_list_id == call_list.id,
        CallListEntry.status == TAKEN,
        CallListEntry.taken_by == user_id,
        CallListEntry.taken_until > now,
    )
    return (await session.scalars(found.limit(1))).one_or_none()


async def claim_next(
    session: AsyncSession, call_list: CallList, user_id: UUID, now: datetime
) -> CallListEntry | None:
    """Hold the next person to be called; whom somebody else holds just now is passed over."""
    is_mine = func.coalesce(CallListEntry.reserved_for == user_id, false())
    # a promised call that nobody kept for an hour must not be lost with whoever promised it
    is_anybodys = or_(
        CallListEntry.reserved_for.is_(None), is_mine, CallListEntry.next_at <= now - RESERVED_FOR
    )
    is_due = or_(
        and_(CallListEntry.status == WAITING, CallListEntry.next_at <= now, is_anybodys),
        and_(CallListEntry.status == TAKEN, CallListEntry.taken_until <= now),
    )
    found = (
        select(CallListEntry)
        .where(CallListEntry.call_list_id == call_list.id, is_due)
        .order_by(is_mine.desc(), CallListEntry.next_at, CallListEntry.id)
        .limit(1)
        # two callers who ask at once get two people, and neither waits for the other
        .with_for_update(skip_locked=True)
        .execution_options(populate_existing=True)
    )
    return (await session.scalars(found)).one_or_none()


async def why_not(
    session: AsyncSession, call_list: CallList, entry: CallListEntry
) -> Exclusion | None:
    """Return why the person of an entry must not be called, as he is now."""
    callee = CALLEES[entry.noun]
    lived_on = surviving(callee.named_by)
    other = aliased(CallListEntry)
    twin = select(other.id).where(
        other.call_list_id == call_list.id,
        getattr(other, callee.named_by.key) == lived_on,
        other.id != entry.id,
    )
    found = (
        select(callee.exclusion_from(call_list), twin.correlate(CallListEntry).exists())
        .select_from(CallListEntry)
        .outerjoin(callee.model, callee.model.id == lived_on)
        .where(CallListEntry.id == entry.id)
    )
    reason, has_twin = (await session.execute(found)).one()
    if reason is not None:
        return Exclusion(reason)
    return Exclusion.DUPLICATE if has_twin else None


async def callee_of(session: AsyncSession, entry: CallListEntry) -> Contact | Company | Lead:
    """Return whom an entry names, of a merged one the survivor; who calls him may see him."""
    model = CALLEES[entry.noun].model
    found = select(model).where(model.id == surviving(literal(entry.callee_id)))
    callee: Contact | Company | Lead = (await session.scalars(found)).one()
    return callee


async def next_moment(session: AsyncSession, call_list: CallList) -> datetime | None:
    """Return when somebody of a list can be called again, if anybody is left."""
    # somebody in another's hands may come back when the hold ends
    found = select(func.min(func.coalesce(CallListEntry.taken_until, CallListEntry.next_at))).where(
        CallListEntry.call_list_id == call_list.id, CallListEntry.status.in_((WAITING, TAKEN))
    )
    return await session.scalar(found)


def wanted(access: Access, condition: ColumnElement[bool], call_list: CallList) -> Select[Any]:
    """Return whom a list is to be filled with: not on it yet, within one's scope."""
    callee = CALLEES[call_list.noun]
    model = callee.model
    on_it = select(CallListEntry.id).where(
        CallListEntry.call_list_id == call_list.id, callee.named_by == model.id
    )
    # who fills a list puts on it whom he sees; who calls from it need not see them
    seen = and_(callee.kind.may_see(access), model.deleted_at.is_(None))
    # who refused as one record is on the list as the other in which he lives on
    merged = (
        select(CallListEntry.id)
        .join(ALIASES, ALIASES.c.loser_id == callee.named_by)
        .where(CallListEntry.call_list_id == call_list.id, ALIASES.c.survivor_id == model.id)
    )
    return select(model.id).where(seen, condition, ~on_it.exists(), ~merged.exists())


async def callable_ids(
    session: AsyncSession, found: Select[Any], call_list: CallList, limit: int
) -> list[UUID]:
    """Return who of these may be called."""
    callee = CALLEES[call_list.noun]
    may = found.where(callee.exclusion_from(call_list).is_(None))
    return list(await session.scalars(may.order_by(callee.model.id).limit(limit)))


async def count_excluded(
    session: AsyncSession, found: Select[Any], call_list: CallList
) -> dict[str, int]:
    """Count by reason who of these must not be called."""
    reason = CALLEES[call_list.noun].exclusion_from(call_list)
    counted = found.with_only_columns(reason, func.count()).where(reason.is_not(None))
    rows = await session.execute(counted.group_by(reason))
    return {row[0]: row[1] for row in rows}


async def overdue_entries(
    session: AsyncSession, now: datetime, limit: int
) -> Sequence[CallListEntry]:
    """Hold entries that somebody took and never spoke of."""
    found = (
        select(CallListEntry)
        .where(CallListEntry.status == TAKEN, CallListEntry.taken_until <= now)
        .order_by(CallListEntry.taken_until)
        .limit(limit)
        # who is just saying what came of his call is not overdue
        .with_for_update(skip_locked=True)
    )
    return (await session.scalars(found)).all()


def _changed_since(callee: Callee, since: datetime) -> ColumnElement[bool]:
    changed = select(callee.model.id).where(callee.model.updated_at >= since)
    merged = select(ALIASES.c.loser_id).where(ALIASES.c.survivor_id.in_(changed))
    inside: ColumnElement[bool] = callee.named_by.in_(changed.union_all(merged))
    return inside


async def forbidden_entries(
    session: AsyncSession, noun: str, limit: int, *, since: datetime | None = None
) -> Sequence[tuple[CallListEntry, Exclusion]]:
    """Hold waiting entries of open lists of a noun whom nobody must call any more.

    `since`: only of those who were changed then or later, themselves or what they were merged
    into; a hundred thousand who wait need not be asked about every minute.
    """
    callee = CALLEES[noun]
    reason = callee.exclusion(CallList.purpose, CallList.needs_consent)
    found = (
        select(CallListEntry, reason)
        .join(CallList, CallList.id == CallListEntry.call_list_id)
        .outerjoin(callee.model, callee.model.id == surviving(callee.named_by))
        .where(
            CallList.noun == noun,
            CallListEntry.status == WAITING,
            CallList.status == ListStatus.OPEN,
            CallList.deleted_at.is_(None),
            reason.is_not(None),
            true() if since is None else _changed_since(callee, since),
        )
        .order_by(CallListEntry.id)
        .limit(limit)
        # one that is being handed out just now is asked about there
        .with_for_update(of=CallListEntry, skip_locked=True)
    )
    return [(entry, Exclusion(why)) for entry, why in await session.execute(found)]


async def count_entries(session: AsyncSession, call_list_id: UUID) -> dict[str, int]:
    """Count who is on a list by how far he is."""
    found = select(CallListEntry.status, func.count()).where(
        CallListEntry.call_list_id == call_list_id
    )
    return {row[0]: row[1] for row in await session.execute(found.group_by(CallListEntry.status))}


async def count_calls(session: AsyncSession, call_list_id: UUID) -> dict[str, int]:
    """Count the calls of a list by what came of them."""
    found = select(CallAttempt.result, func.count()).where(CallAttempt.call_list_id == call_list_id)
    return {row[0]: row[1] for row in await session.execute(found.group_by(CallAttempt.result))}


async def count_callers(session: AsyncSession, call_list_id: UUID) -> list[dict[str, Any]]:
    """Count the calls of a list by who made them."""
    answered = func.count().filter(CallAttempt.result == EntryStatus.ANSWERED)
    found = (
        select(CallAttempt.user_id, func.count().label("calls"), answered.label("answered"))
        .where(CallAttempt.call_list_id == call_list_id)
        .group_by(CallAttempt.user_id)
        .order_by(func.count().desc(), CallAttempt.user_id)
    )
    return [dict(row._mapping) for row in await session.execute(found)]


async def attempts_of(session: AsyncSession, entry_id: UUID) -> Sequence[CallAttempt]:
    """Return what was said of the calls to a person, the newest first."""
    found = select(CallAttempt).where(CallAttempt.entry_id == entry_id)
    return (await session.scalars(found.order_by(CallAttempt.id.desc()))).all()
