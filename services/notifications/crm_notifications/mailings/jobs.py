"""Timed work: queue letters of mailings, see when they are done, call off what was cancelled."""

from collections.abc import Callable
from uuid import UUID

from crm_notifications.mailings import queries
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
    """Queue the next page of one mailing's recipients; returns 1 while there is something to do.

    Contacts is asked for who is in the segment, page by page in the order of ids, with names,
    addresses and consents, so that nobody has to be asked for when letters are written.
    """
    async with sessions.begin() as session:
        mailing = await queries.claim_to_fill(session, utc_now())
        if mailing is None:
            return 0
        if mailing.read_up_to is None:
            problem = await _problem(bus, mailing.segment_id)
            if problem is not None:
                await fail_mailing(session, mailing, problem)
                return 1
        after_whom = mailing.read_up_to or NOBODY
        page = await refs.ask(bus, "contacts", "segment_member", [mailing.segment_id, after_whom])
        crash_at("before_queueing")
        await take_members(session, mailing, page, key=key)
        crash_at("before_commit")
    crash_at("after_commit")
    return 1


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
