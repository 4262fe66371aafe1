"""Project a batch of events: facts, contributions, counters, in the caller's transaction."""

from collections import Counter
from collections.abc import Collection, Mapping, Sequence
from itertools import zip_longest
from typing import Any, NamedTuple, TypeVar
from uuid import UUID
from zoneinfo import ZoneInfo

from sqlalchemy.ext.asyncio import AsyncSession

from crm_reporting.contributions import statements
from crm_reporting.contributions.rules import Counts, Fact, Row, contributions
from crm_reporting.contributions.rules.subjects import subject_contributions
from crm_reporting.contributions.rules.subjects.told import Event, PaymentTold
from crm_reporting.contributions.statements import Changed
from crm_reporting.facts import statements as facts
from crm_reporting.facts.rules import deal_facts, labels_in, noun_facts
from crm_reporting.ledger.statements import lock
from crm_reporting.summaries.rules import Touched, touched
from crm_reporting.summaries.statements import mark
from crm_shared.events.envelope import Envelope

FactT = TypeVar("FactT")
# A batch makes a hundred thousand short-lived tuples: collecting costs a fifth of its time.
COLLECT_AFTER = (100_000, 20, 50)


async def project(session: AsyncSession, batch: Sequence[Envelope[Any]], zone: ZoneInfo) -> None:
    """Take a batch of events into facts and counters; known events change nothing.

    The ledger has them already, so nobody else counts these subjects until the commit. Counters
    come last: they are what batches of other subjects wait for.
    """
    subjects, deals = await _write(session, batch)
    changes = _Changes()
    for deal in await _deals_with_money(session, deals, subjects):
        changes.take(deal.id, *deal.before_and_after(zone))
    known, fresh = subjects
    for subject, new in fresh.items():
        before = known.get(subject, ())
        changes.take(
            subject,
            subject_contributions(before, zone),
            subject_contributions([*before, *new], zone),
        )
    if changes.rows:
        await statements.replace_contributions(session, changes.rows)
    if changes.customers:
        await mark(session, changes.customers)
    await statements.add_counts(session, changes.counts)


Histories = tuple[Mapping[UUID, Sequence[FactT]], Mapping[UUID, Sequence[FactT]]]


async def _write(
    session: AsyncSession, batch: Sequence[Envelope[Any]]
) -> tuple[Histories[Event], Histories[Fact]]:
    """Write the facts: a trip for deals, one for everything else, none for what does not come."""
    nouns, rows = noun_facts(batch), deal_facts(batch)
    # all labels at once, in one order: two transactions that share some do not wait in a ring
    labels = labels_in(rows, nouns)
    subjects: Histories[Event] = ({}, {})
    deals: Histories[Fact] = ({}, {})
    if nouns:
        subjects = await facts.add_noun_facts(session, nouns, labels)
        labels = set()
    if rows:
        deals = await facts.add_deal_facts(session, rows, labels)
    return subjects, deals


class _Deal(NamedTuple):
    """What was known of a deal and what is new, of itself and of the money that names it."""

    id: UUID
    facts: Sequence[Fact]
    new_facts: Sequence[Fact]
    payments: Sequence[Event]
    new_payments: Sequence[Event]

    def before_and_after(self, zone: ZoneInfo) -> tuple[Sequence[Row], Sequence[Row]]:
        facts = [*self.facts, *self.new_facts]
        payments = [*self.payments, *self.new_payments]
        return (
            contributions(self.facts, zone, self.payments),
            contributions(facts, zone, payments),
        )


async def _deals_with_money(
    session: AsyncSession, deals: Histories[Fact], subjects: Histories[Event]
) -> list[_Deal]:
    """Return the deals that a batch may change: those it speaks of, and whose money moved.

    Of a deal that was never won nobody asks what was paid for it: nothing follows from that.
    """
    known, fresh = deals
    told, before = (_named(histories) for histories in reversed(subjects))
    others = (told | before) - fresh.keys()
    if left := others - told:
        # what a payment names is locked with its event, what it named before only now
        await lock(session, left)
    facts_of_others = await facts.facts_of(session, others) if others else {}
    won = {
        deal
        for deal in (*fresh, *others)
        for fact in (*known.get(deal, ()), *fresh.get(deal, ()), *facts_of_others.get(deal, ()))
        if fact.outcome == "won"
    }
    payments = await facts.payments_of(session, won)
    new = {(one.id, one.revision) for told in subjects[1].values() for one in told}
    return [
        _Deal(
            deal,
            facts_of_others.get(deal, known.get(deal, ())),
            fresh.get(deal, ()),
            [one for one in payments.get(deal, ()) if (one.id, one.revision) not in new],
            [one for one in payments.get(deal, ()) if (one.id, one.revision) in new],
        )
        for deal in (*fresh, *others)
        if deal in fresh or deal in won
    ]


def _named(histories: Mapping[UUID, Sequence[Event]]) -> set[UUID]:
    """Return the deals that events of payments name."""
    return {
        event.told.deal_id
        for told in histories.values()
        for event in told
        if isinstance(event.told, PaymentTold) and event.told.deal_id is not None
    }


class _Changes:
    """What a batch changes: rows before and after, and the difference of the counters."""

    def __init__(self) -> None:
        self.counts = Counts()
        self.rows: dict[UUID, Changed] = {}
        self.customers: dict[UUID, Touched] = {}

    def take(self, subject: UUID, before: Sequence[Row], after: Sequence[Row]) -> None:
        """Compare what a subject added with what it adds now."""
        if before == after:
            return
        gone, came = _differ(before, after)
        self.counts.add(gone, sign=-1)
        self.counts.add(came)
        self.rows[subject] = [
            (ordinal, one, other)
            for ordinal, (one, other) in enumerate(zip_longest(before, after))
            if one != other
        ]
        for customer, what in touched(gone, came):
            known_of = self.customers.get(customer)
            self.customers[customer] = what if known_of is None else known_of.join(what)


def _differ(before: Sequence[Row], after: Sequence[Row]) -> tuple[Collection[Row], Collection[Row]]:
    """Return which rows went and which came; one that only moved up or down counts as it did."""
    old, now = set(before), set(after)
    if len(old) + len(now) == len(before) + len(after):
        return old - now, now - old
    # rows may be alike, as those of a count too great for one of them: each counts
    many, others = Counter(before), Counter(after)
    return [*(many - others).elements()], [*(others - many).elements()]
