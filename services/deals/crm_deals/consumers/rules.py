"""What deals does by its own rules when anybody speaks, itself included."""

from collections.abc import Sequence
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncSession

from crm_deals.customs.catalogue import BOOK as FIELDS
from crm_deals.deal_rules.fields import READABLE
from crm_deals.deal_rules.models import DealRule
from crm_deals.deal_rules.rules import cause_of, deal_of
from crm_deals.deal_rules.use_cases import run_rule
from crm_deals.deals.queries import is_known
from crm_shared.events.consumer import Retry, Subscription, caused_by
from crm_shared.events.envelope import AnyEvent, Envelope, service_of
from crm_shared.events.rules import Match, RuleBook

BOOK = RuleBook(DealRule, READABLE, askable=FIELDS.askable)
DECIDED = "deals_rules_decided"
CONVERTED = "crm.contacts.lead.converted.v1"
# the same event begins the deal by another durable, a moment before or after
NOT_BEGUN_YET_S = 1.0
# Three streams are heard, and most of what they say no rule waits for: it comes in groups.
LINGER_S = 0.1


async def those_a_rule_waits_for(
    session: AsyncSession, batch: Sequence[Envelope[AnyEvent]]
) -> Sequence[Envelope[AnyEvent]]:
    """Pick the events whose rules' conditions hold."""
    heard = [envelope for envelope in batch if envelope.type in READABLE]
    if not heard:
        return []
    matches = await BOOK.matching(session, heard)
    session.info[DECIDED] = matches
    wanted = {match.envelope.id for match in matches}
    return [envelope for envelope in heard if envelope.id in wanted]


async def run_rules(session: AsyncSession, batch: Sequence[Envelope[AnyEvent]]) -> None:
    """Let the rules act, in their order within each event; deal by deal, so that none waits."""
    fresh = {envelope.id for envelope in batch}
    matches: list[Match[DealRule]] = session.info.pop(DECIDED)
    meant = [match for match in matches if match.envelope.id in fresh]
    await _converted_are_there(session, meant)
    # always in the same order: two workers with events of the same deals do not block each other
    for match in sorted(meant, key=lambda one: str(_deal_of(one))):
        with caused_by(match.envelope):
            await run_rule(session, match.rule, cause_of(match.envelope), _deal_of(match))


def _deal_of(match: Match[DealRule]) -> UUID | None:
    envelope = match.envelope
    return deal_of(envelope.type, envelope.subject, envelope.data.as_dict())


async def _converted_are_there(session: AsyncSession, meant: Sequence[Match[DealRule]]) -> None:
    for match in meant:
        deal_id = _deal_of(match)
        if match.envelope.type != CONVERTED or deal_id is None:
            continue
        if not await is_known(session, deal_id):
            raise Retry(NOT_BEGUN_YET_S)


def subscription(publisher: str) -> Subscription[AnyEvent]:
    """Return the durable that lets rules hear one service."""
    return Subscription(
        durable=f"deals-rules-{publisher}",
        pattern=f"crm.{publisher}.>",
        only=sorted(kind for kind in READABLE if service_of(kind) == publisher),
        reads=AnyEvent,
        decide=those_a_rule_waits_for,
        handler=run_rules,
        acts=True,
        linger_s=LINGER_S,
    )
