"""What contacts does when clients change or buy: whoever a segment's rule holds for is in it."""

from collections.abc import Iterable, Sequence
from typing import Any
from uuid import UUID

from pydantic import ValidationError
from sqlalchemy.ext.asyncio import AsyncSession

from crm_contacts.purchases.rules import FACTS, CustomerFiguresChanged, figures_of, row_of
from crm_contacts.purchases.statements import keep_deals, keep_figures
from crm_contacts.segments.queries import nouns_with_rules
from crm_contacts.segments.statements import Cause
from crm_contacts.segments.use_cases import evaluate_records, forget_members
from crm_shared.db import aliases
from crm_shared.events.consumer import Discard, Subscription
from crm_shared.events.envelope import AnyEvent, Envelope

Batch = Sequence[Envelope[AnyEvent]]
NOUNS = ("contact", "company")
# What is about a client without being his own record.
BESIDE = frozenset({"activity", "call"})
ERASED = "erased"
PURCHASES = "contacts-purchases"
LINGER_S = 0.2
AT_ONCE = 200


def _noun_and_fact(envelope: Envelope[AnyEvent]) -> tuple[str, str]:
    noun, fact = envelope.type.split(".")[2:4]
    return noun, fact


async def those_about_clients(session: AsyncSession, batch: Batch) -> Batch:
    """Pick what may move somebody into a segment or out of it, if there are rules at all."""
    told = [one for one in batch if _noun_and_fact(one)[0] in {*NOUNS, *BESIDE}]
    if not told:
        return []
    ruled = await nouns_with_rules(session)
    return [one for one in told if _noun_and_fact(one)[1] == ERASED or ruled]


async def ask_rules(session: AsyncSession, batch: Batch) -> None:
    """Ask the rules of those who changed; who is to be forgotten leaves every segment."""
    changed: dict[str, dict[UUID, Envelope[AnyEvent]]] = {noun: {} for noun in NOUNS}
    for envelope in batch:
        noun, fact = _noun_and_fact(envelope)
        if fact == ERASED:
            gone = {envelope.subject: envelope}
            await forget_members(session, list(gone), Cause("erasure", gone))
        elif noun in NOUNS:
            changed[noun][envelope.subject] = envelope
        else:
            _note(changed, envelope, envelope.data.as_dict().get(noun))
    await _ask(session, changed)


def _note(
    changed: dict[str, dict[UUID, Envelope[AnyEvent]]], envelope: Envelope[AnyEvent], told: object
) -> None:
    for noun in NOUNS:
        named = told.get(f"{noun}_id") if isinstance(told, dict) else None
        if named is not None:
            changed[noun][UUID(str(named))] = envelope


async def _ask(session: AsyncSession, changed: dict[str, dict[UUID, Envelope[AnyEvent]]]) -> None:
    ruled = await nouns_with_rules(session)
    for noun, events in changed.items():
        if not events or noun not in ruled:
            continue
        merged = await aliases.survivors(session, events.keys())
        by_survivor = {merged.get(one, one): event for one, event in events.items()}
        ids = sorted({*events, *by_survivor})
        await evaluate_records(session, noun, ids, Cause("rule", {**by_survivor, **events}))


async def those_that_sell(_session: AsyncSession, batch: Batch) -> Batch:
    """Pick what says whose a deal is and what became of it."""
    return [one for one in batch if _noun_and_fact(one)[1] in FACTS]


async def keep_purchases(session: AsyncSession, batch: Batch) -> None:
    """Keep what deals tell, and ask the rules of the clients whose they are or were."""
    try:
        rows = [row_of(envelope) for envelope in batch]
    except ValidationError as unreadable:
        raise Discard("the deal cannot be read") from unreadable
    before = await keep_deals(session, rows)
    changed: dict[str, dict[UUID, Envelope[AnyEvent]]] = {noun: {} for noun in NOUNS}
    for envelope, row in zip(batch, rows, strict=True):
        was = before.get(envelope.subject, (None, None))
        _note_all(changed["contact"], envelope, (row["contact_id"], was[0]))
        _note_all(changed["company"], envelope, (row["company_id"], was[1]))
    await _ask(session, changed)


def _note_all(
    noted: dict[UUID, Envelope[Any]], envelope: Envelope[Any], ids: Iterable[UUID | None]
) -> None:
    noted.update({one: envelope for one in ids if one is not None})


async def keep_customer_figures(
    session: AsyncSession, batch: Sequence[Envelope[CustomerFiguresChanged]]
) -> None:
    """Keep what reporting tells of customers, and ask the rules of those it is about."""
    changed: dict[str, dict[UUID, Envelope[Any]]] = {noun: {} for noun in NOUNS}
    for envelope in batch:
        told = envelope.data.customer
        _note_all(changed["contact"], envelope, (told.contact_id,))
        _note_all(changed["company"], envelope, (told.company_id,))
    await keep_figures(session, [figures_of(envelope) for envelope in batch])
    await _ask(session, changed)


SUBSCRIPTIONS: list[Subscription[Any]] = [
    Subscription(
        durable="contacts-segments",
        pattern="crm.contacts.>",
        only=[f"crm.contacts.{noun}.>" for noun in (*NOUNS, *sorted(BESIDE))],
        reads=AnyEvent,
        decide=those_about_clients,
        handler=ask_rules,
        batch=AT_ONCE,
        linger_s=LINGER_S,
    ),
    Subscription(
        durable=PURCHASES,
        pattern="crm.deals.deal.>",
        only=[f"crm.deals.deal.{fact}.>" for fact in sorted(FACTS)],
        reads=AnyEvent,
        decide=those_that_sell,
        handler=keep_purchases,
        batch=AT_ONCE,
        linger_s=LINGER_S,
    ),
    Subscription(
        durable="contacts-customer-figures",
        reads=CustomerFiguresChanged,
        handler=keep_customer_figures,
        batch=AT_ONCE,
        linger_s=LINGER_S,
    ),
]
