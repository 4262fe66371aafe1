"""Timed work: hear what ends sequences, begin what a day begins, write the letters that are due."""

import json

import structlog

from crm_notifications.feed import queries as feed
from crm_notifications.feed import statements as feed_statements
from crm_notifications.feed.models import SEQUENCES
from crm_notifications.inbox.queries import log_page
from crm_notifications.sequences import queries
from crm_notifications.sequences.use_cases.leading import reconsider, take_steps
from crm_notifications.sequences.use_cases.timed import NOBODY, begin_timed
from crm_notifications.subjects.use_cases import hear
from crm_shared.worker import Job, JobContext
from crm_shared.working_time import NoWorkingTimeError

log = structlog.get_logger()

PAGE = 500


async def hear_log(context: JobContext) -> int:
    """Keep how records stand and who answered; end the sequences that this ends."""
    zone = context.settings.zone
    async with context.sessions.begin() as session:
        reached = await feed.place(session, SEQUENCES) or 0
        rows = await log_page(session, reached, PAGE)
        if not rows:
            return 0
        envelopes = [json.loads(row.envelope) for row in rows]
        touched = await hear(session, envelopes, zone)
        await reconsider(session, zone, contacts=touched["contact"], deals=touched["deal"])
        await feed_statements.move_to(session, SEQUENCES, rows[-1].position)
    return len(rows)


async def begin(context: JobContext) -> int:
    """Begin the letters of rules by time, a page of records in a transaction."""
    async with context.sessions() as session:
        rules = await queries.timed_rules(session)
    for rule in rules:
        after = NOBODY
        while True:
            try:
                async with context.sessions.begin() as session:
                    after = await begin_timed(session, rule, context.settings.zone, after)
            except NoWorkingTimeError:
                # one calendar without hours must not hold up the other rules
                log.warning("rule-has-no-working-time", rule_id=str(rule.id))
                break
            if after == NOBODY:
                break
    return 0


async def lead_on(context: JobContext) -> int:
    """Write the letters that are due."""
    async with context.sessions.begin() as session:
        return await take_steps(session, context.settings.zone)


JOBS = [
    Job("hear-for-sequences", 0.5, hear_log, page=PAGE),
    Job("lead-sequences-on", 1.0, lead_on),
]
UPKEEP = [Job("begin-timed-rules", 30.0, begin)]
