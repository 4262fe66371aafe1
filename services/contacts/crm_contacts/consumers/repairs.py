"""What never came by the stream is fetched from the publisher's event log: deals of clients."""

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Any

import structlog
from pydantic import ValidationError

from crm_contacts.consumers.segments import PURCHASES, keep_purchases, those_that_sell
from crm_contacts.purchases.rules import row_of
from crm_contacts.purchases.statements import go_on_in_log, known_revisions, place_in_log
from crm_shared.clock import utc_now
from crm_shared.events.envelope import AnyEvent, Envelope, stream_of
from crm_shared.events.jetstream import BusUnavailableError
from crm_shared.worker import Job, JobContext

log = structlog.get_logger()

PUBLISHER = "deals"
# a run has an end however far behind it is; the next goes on from there
PAGES = 400
# an event may be recorded before one with an earlier place in the log, but not for so long
SETTLED = timedelta(minutes=10)
_SHAPE = Envelope[AnyEvent]


async def repair_purchases(context: JobContext) -> int:
    """Go on through the log of deals behind the stream; return how many deals were behind.

    So a reader that came later than the stream reaches back, or lost an event, knows all.
    """
    return await repair(context, settled=SETTLED)


async def repair(context: JobContext, *, settled: timedelta) -> int:
    """Compare the next pages of the log with what is known; the last page is looked at again."""
    repaired = 0
    for _ in range(PAGES):
        async with context.sessions() as session:
            before = await place_in_log(session, PURCHASES)
        try:
            if await context.bus.pending(stream_of(PUBLISHER), PURCHASES):
                break  # the stream brings them still
            answer = await context.bus.request(f"crm-events.{PUBLISHER}", {"after": before})
        except BusUnavailableError:
            break  # its publisher is away: the next run asks again
        events = [_SHAPE.model_validate(event) for event in answer["events"]]
        following = _following(answer, events, utc_now() - settled)
        repaired += await _keep(context, events, before, following)
        if following is None:
            break
    if repaired:
        log.warning("purchases-repaired", rows=repaired)
    return repaired


def _following(
    answer: dict[str, Any], events: Sequence[Envelope[AnyEvent]], until: datetime
) -> int | None:
    """Return where to go on; None at the end, or where something may still come in between."""
    following: int | None = answer.get("next")
    is_settled = all(event.recordedtime <= until for event in events)
    return following if is_settled else None


async def _keep(
    context: JobContext, events: Sequence[Envelope[AnyEvent]], before: int, following: int | None
) -> int:
    async with context.sessions.begin() as session:
        told = await those_that_sell(session, events)
        known = await known_revisions(session, {event.subject for event in told})
        missed = [
            event
            for event in told
            if event.revision > known.get(event.subject, 0) and _is_readable(event)
        ]
        if missed:
            await keep_purchases(session, missed)
        if following is not None and not await go_on_in_log(session, PURCHASES, before, following):
            return 0  # another worker is at it: what was missed is there all the same
    return len({event.subject for event in missed})


def _is_readable(event: Envelope[AnyEvent]) -> bool:
    # one that nobody can read is a dead letter of the stream's reader, and holds up nothing here
    try:
        row_of(event)
    except ValidationError:
        return False
    return True


JOBS = [Job("purchases-repair", 300.0, repair_purchases)]
