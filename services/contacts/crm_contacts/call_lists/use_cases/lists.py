"""Call lists themselves: made, changed, filled."""

from collections.abc import Mapping, Sequence
from typing import Any, cast
from uuid import UUID

from sqlalchemy import ColumnElement
from sqlalchemy.ext.asyncio import AsyncSession

from crm_contacts.call_lists import queries
from crm_contacts.call_lists.catalogue import CALLEES
from crm_contacts.call_lists.errors import (
    CallListNotOpenError,
    CallListOutsideScopeError,
    ConsentOfOthersError,
    NoSourceError,
    OtherNounError,
    TwoSourcesError,
)
from crm_contacts.call_lists.models import CallList
from crm_contacts.call_lists.rules import ListStatus
from crm_contacts.call_lists.statements import add_entries
from crm_contacts.call_lists.use_cases.announcements import added
from crm_contacts.events.call_lists import (
    CallListCreated,
    CallListDeleted,
    CallListFacts,
    CallListUpdated,
)
from crm_contacts.permissions import READ_SEGMENTS
from crm_contacts.segments.queries import get_segment, members_now
from crm_contacts.segments.use_cases import rule_of
from crm_contacts.users.use_cases import with_owner
from crm_contacts.versions.use_cases import announce, changes_told
from crm_shared.actor import Access
from crm_shared.clock import utc_now
from crm_shared.context import as_bulk
from crm_shared.db import aliases
from crm_shared.errors import ForbiddenError
from crm_shared.events.outbox import entry_values, write_entries
from crm_shared.ids import new_id

Values = Mapping[str, Any]
# A portion is one request's work; who fills a larger list asks again.
PORTION = 2000


async def create_call_list(session: AsyncSession, access: Access, values: Values) -> CallList:
    """Make a list; it is filled from its segment, by its filter, or by naming people."""
    standard: dict[str, Any] = {
        "noun": "contact",
        "status": ListStatus.OPEN,
        "segment_id": None,
        "filter": None,
        "purpose": "marketing",
        "needs_consent": False,
        "caller_ids": [],
        "script_id": None,
        "max_attempts": 3,
        "retry_after_minutes": 120,
        "hold_minutes": 20,
    }
    owned = await with_owner(session, access, {**standard, **values})
    call_list = CallList(id=new_id(), created_at=utc_now())
    await _apply(session, access, call_list, owned)
    session.add(call_list)
    event = CallListCreated(call_list=facts_of(call_list), changed=[], previous={})
    await announce(session, call_list, event)
    return call_list


async def update_call_list(
    session: AsyncSession, access: Access, call_list: CallList, values: Values
) -> CallList:
    """Change a list, pause, open or close it, and announce it."""
    await _apply(session, access, call_list, values)
    if changes := changes_told(call_list, CallListFacts):
        event = CallListUpdated(
            call_list=facts_of(call_list), changed=changes.changed, previous=changes.previous
        )
        await announce(session, call_list, event)
    return call_list


async def _apply(
    session: AsyncSession, access: Access, call_list: CallList, values: Values
) -> None:
    for name, value in values.items():
        setattr(call_list, name, value)
    if call_list.segment_id is not None and call_list.filter is not None:
        raise TwoSourcesError
    # only persons give consent: of a company or lead nobody would ever be called
    if call_list.needs_consent and call_list.noun != "contact":
        raise ConsentOfOthersError
    if call_list.filter is not None:
        await rule_of(session, CALLEES[call_list.noun].kind, call_list.filter)
    if values.get("segment_id") is not None:
        await _check_segment(session, access, call_list)
    if not access.may_see(call_list.owner_id, call_list.team_id):
        raise CallListOutsideScopeError


async def _check_segment(session: AsyncSession, access: Access, call_list: CallList) -> None:
    segment_id = cast("UUID", call_list.segment_id)
    # a list must not show the members of a segment that its maker may not see
    segment = await get_segment(session, _reach(access, READ_SEGMENTS), segment_id)
    if segment.noun != call_list.noun:
        raise OtherNounError("/segment_id", call_list.noun)


def _reach(access: Access, permission: Any) -> Access:
    """Return how far somebody reaches by another right; a key may lack it."""
    scope = permission.reach(access.actor)
    if scope is None:
        raise ForbiddenError(f"This needs the right {permission.name}.")
    return Access(access.actor, scope)


async def delete_call_list(session: AsyncSession, call_list: CallList) -> None:
    """Put a list away; what was said on the telephone stays."""
    call_list.deleted_at = utc_now()
    event = CallListDeleted(call_list=facts_of(call_list), changed=["deleted_at"], previous={})
    await announce(session, call_list, event)


def facts_of(call_list: CallList) -> CallListFacts:
    return CallListFacts.model_validate(call_list)


async def fill(
    session: AsyncSession, access: Access, call_list: CallList, named: Mapping[str, Sequence[UUID]]
) -> dict[str, Any]:
    """Put on a list whom its source names and whom one sees, but nobody who must not be called.

    `named`: by noun who is to come instead; of the list's own noun. Returns how many came, how
    many are left for the next time, and why others did not come.
    """
    if call_list.status == ListStatus.CLOSED:
        raise CallListNotOpenError(call_list.status)
    condition = await _source(session, access, call_list, named)
    reach = _reach(access, CALLEES[call_list.noun].read)
    found = queries.wanted(reach, condition, call_list)
    # counted over the whole source, not the portion: the first answer tells all there is to know
    excluded = await queries.count_excluded(session, found, call_list)
    # one more than is taken tells whether there is more, without counting them
    ids = await queries.callable_ids(session, found, call_list, PORTION + 1)
    entries = await add_entries(session, call_list, ids[:PORTION], at=utc_now())
    with as_bulk():
        # hundreds at once are no news to message about: rules that do not ask for bulk stay silent
        told = [entry_values(added(one), aggregate_id=one.id, revision=1) for one in entries]
    await write_entries(session, told)
    return {"added": len(entries), "has_more": len(ids) > PORTION, "excluded": excluded}


async def _source(
    session: AsyncSession, access: Access, call_list: CallList, named: Mapping[str, Sequence[UUID]]
) -> ColumnElement[bool]:
    callee = CALLEES[call_list.noun]
    for noun, ids in named.items():
        if ids and noun != call_list.noun:
            raise OtherNounError(f"/{noun}_ids", call_list.noun)
    if ours := named.get(call_list.noun):
        # named by an id that lives on in another record: the record is rung, once
        merged = await aliases.survivors(session, set(ours))
        those: ColumnElement[bool] = callee.model.id.in_({merged.get(one, one) for one in ours})
        return those
    if call_list.filter is not None:
        return await rule_of(session, callee.kind, call_list.filter)
    if call_list.segment_id is None:
        raise NoSourceError(call_list.noun)
    segment = await get_segment(session, _reach(access, READ_SEGMENTS), call_list.segment_id)
    inside: ColumnElement[bool] = callee.model.id.in_(members_now(segment.id))
    return inside
