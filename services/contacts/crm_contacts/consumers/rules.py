"""What contacts does by its own rules when something happens with its clients: calls, leads."""

from collections.abc import Sequence

from sqlalchemy.ext.asyncio import AsyncSession

from crm_contacts.customs.catalogue import BOOK as FIELDS
from crm_contacts.task_rules.fields import OF_CLIENTS
from crm_contacts.task_rules.models import TaskRule
from crm_contacts.task_rules.rules import happening_of
from crm_contacts.task_rules.use_cases import run_rule
from crm_shared.events.consumer import Retry, Subscription, caused_by
from crm_shared.events.envelope import AnyEvent, Envelope
from crm_shared.events.outbox import ChangedMeanwhileError
from crm_shared.events.rules import Match, RuleBook

BOOK = RuleBook(TaskRule, OF_CLIENTS, askable=FIELDS.askable)
DECIDED = "contacts_client_rules_decided"
# whoever saves the same record is done by then
BUSY_S = 0.5
# Tasks fill this stream, and no rule here is for them: they come in groups.
LINGER_S = 0.1


async def those_a_rule_waits_for(
    session: AsyncSession, batch: Sequence[Envelope[AnyEvent]]
) -> Sequence[Envelope[AnyEvent]]:
    """Pick the events whose rules' conditions hold."""
    heard = [envelope for envelope in batch if envelope.type in OF_CLIENTS]
    if not heard:
        return []
    matches = await BOOK.matching(session, heard)
    session.info[DECIDED] = matches
    wanted = {match.envelope.id for match in matches}
    return [envelope for envelope in heard if envelope.id in wanted]


async def run_rules(session: AsyncSession, batch: Sequence[Envelope[AnyEvent]]) -> None:
    """Let the rules act on each event, in their order."""
    fresh = {envelope.id for envelope in batch}
    matches: list[Match[TaskRule]] = session.info.pop(DECIDED)
    for match in matches:
        envelope = match.envelope
        if envelope.id not in fresh:
            continue
        happening = happening_of(envelope.type, envelope.subject, envelope.data.as_dict())
        try:
            with caused_by(envelope):
                await run_rule(session, match.rule, envelope, happening)
        except ChangedMeanwhileError as busy:
            raise Retry(BUSY_S) from busy


SUBSCRIPTION: Subscription[AnyEvent] = Subscription(
    durable="contacts-client-rules",
    pattern="crm.contacts.>",
    only=sorted(OF_CLIENTS),
    reads=AnyEvent,
    decide=those_a_rule_waits_for,
    handler=run_rules,
    acts=True,
    linger_s=LINGER_S,
)
