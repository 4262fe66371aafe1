"""What contacts does when a record without an owner is made: a rule gives it to somebody."""

from collections.abc import Sequence

from sqlalchemy.ext.asyncio import AsyncSession

from crm_contacts.assignment_rules.fields import READABLE
from crm_contacts.assignment_rules.models import AssignmentRule
from crm_contacts.assignment_rules.use_cases import Order, apply_rule
from crm_shared.actor import SYSTEM_ACCESS
from crm_shared.clock import local_day, utc_now
from crm_shared.db.engine import SETTINGS
from crm_shared.events.consumer import Retry, Subscription, caused_by
from crm_shared.events.envelope import AnyEvent, Envelope
from crm_shared.events.outbox import ChangedMeanwhileError
from crm_shared.events.rules import Match, RuleBook

BOOK = RuleBook(AssignmentRule, READABLE)
DECIDED = "contacts_assignment_decided"
# whoever saves the same record is done by then
BUSY_S = 0.5
# Tasks fill this stream, and no rule here is for them: they come in groups.
LINGER_S = 0.1


async def those_nobody_owns(
    session: AsyncSession, batch: Sequence[Envelope[AnyEvent]]
) -> Sequence[Envelope[AnyEvent]]:
    """Pick new records without an owner that some rule is for."""
    made = [one for one in batch if one.type in READABLE and _is_nobodys(one)]
    if not made:
        return []
    matches = await BOOK.matching(session, made)
    session.info[DECIDED] = matches
    wanted = {match.envelope.id for match in matches}
    return [envelope for envelope in made if envelope.id in wanted]


async def assign(session: AsyncSession, batch: Sequence[Envelope[AnyEvent]]) -> None:
    """Let the rules give each record away, by priority; the first that can does."""
    fresh = {envelope.id for envelope in batch}
    matches: list[Match[AssignmentRule]] = session.info.pop(DECIDED)
    today = local_day(utc_now(), session.info[SETTINGS].zone)
    for match in matches:
        envelope = match.envelope
        if envelope.id not in fresh:
            continue
        order = Order(_noun(envelope), envelope.subject, today, event_id=envelope.id)
        try:
            with caused_by(envelope):
                await apply_rule(session, SYSTEM_ACCESS, match.rule, order)
        except ChangedMeanwhileError as busy:
            raise Retry(BUSY_S) from busy


def _noun(envelope: Envelope[AnyEvent]) -> str:
    return envelope.type.split(".")[2]


def _is_nobodys(envelope: Envelope[AnyEvent]) -> bool:
    told = envelope.data.as_dict().get(_noun(envelope))
    return isinstance(told, dict) and told.get("owner_id") is None


SUBSCRIPTION: Subscription[AnyEvent] = Subscription(
    durable="contacts-assignment",
    pattern="crm.contacts.>",
    only=sorted(READABLE),
    reads=AnyEvent,
    decide=those_nobody_owns,
    handler=assign,
    acts=True,
    linger_s=LINGER_S,
)
