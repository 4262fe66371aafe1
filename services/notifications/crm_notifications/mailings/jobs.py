"""Timed work: queue letters of mailings, see when they are done, call off what was cancelled."""

import asyncio
from collections.abc import Callable
from uuid import UUID

from crm_notifications.mailings import queries
from crm_notifications.mailings.models import Mailing
from crm_notifications.mailings.use_cases import fail_mailing, finish_mailing, take_members
from crm_notifications.messages.rules import Status, Step, after
from crm_notifications.messages.statements import Change, settle
from crm_shared.clock import utc_now
from crm_shared.db.engine import Sessions
from crm_shared.events import refs
from crm_shared.events.jetstream import Bus

NOBODY = UUID(int=0)
AT_ONCE = 500
CALLED_OFF = "mailing-cancelled"


async def fill_mailings(
    sessions: Sessions,
    bus: Bus,
    key: str,
    *,
    crash_at: Callable[[str], None] = lambda point: None,
) -> int:
    """Queue the next page of each mailing's recipients; returns how many have something to do.

    Contacts is asked for who is in the segment, page by page in the order of ids, with names,
    addresses and consents, so that nobody has to be asked for when letters are written. A mailing
    that fails keeps no other waiting; its failure is raised after them.
    """
    async with sessions() as session:
        waiting = await queries.list_to_fill(session, utc_now())
    fills = (_fill(sessions, bus, mailing, key, crash_at) for mailing in waiting)
    for failed in await asyncio.gather(*fills, return_exceptions=True):
        if failed is not None:
            raise failed
    return len(waiting)


async def _fill(
    sessions: Sessions, bus: Bus, seen: Mailing, key: str, crash_at: Callable[[str], None]
) -> None:
    # asked outside of any transaction: a slow answer must not keep anybody from pausing it
    problem = await _problem(bus, seen.segment_id) if seen.read_up_to is None else None
    after_whom = seen.read_up_to or NOBODY
    members = [seen.segment_id, after_whom]
    page = [] if problem else await refs.ask(bus, "contacts", "segment_member", members)
    crash_at("before_queueing")
    async with sessions.begin() as session:
        mailing = await queries.hold_to_fill(session, seen)
        if mailing is None:
            return
        if problem is not None:
            await fail_mailing(session, mailing, problem)
        else:
            await take_members(session, mailing, page, key=key)
        crash_at("before_commit")
    crash_at("after_commit")


async def _problem(bus: Bus, segment_id: UUID) -> str | None:
    found = await refs.ask(bus, "contacts", "segment", [segment_id])
    if not found or not found[0].data:
        return "segment-not-there"
    return None if found[0].data.get("noun") == "contact" else "segment-of-companies"


async def finish_mailings(sessions: Sessions) -> int:
    """Announce a mailing of which no letter is left to send."""
    async with sessions.begin() as session:
        mailing = await queries.claim_done(session)
        if mailing is None:
            return 0
        await finish_mailing(session, mailing)
    return 1


async def call_off_letters(sessions: Sessions) -> int:
    """Call off waiting letters of cancelled mailings, a portion at a time."""
    async with sessions.begin() as session:
        waiting = await queries.letters_called_off(session, AT_ONCE)
        changes = [
            Change(
                letter,
                cancelled,
                attempts=letter["attempts"],
                next_attempt_at=letter["next_attempt_at"],
                reason=CALLED_OFF,
                claim_id=letter["claim_id"],
            )
            for letter in waiting
            if (cancelled := after(Status(letter["status"]), Step.CANCEL)) is not None
        ]
        return await settle(session, changes)
