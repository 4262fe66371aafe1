"""Project a batch of events: facts, contributions, counters, in the caller's transaction."""

from collections import Counter
from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from itertools import zip_longest
from typing import Any, TypeVar
from uuid import UUID
from zoneinfo import ZoneInfo

from sqlalchemy.ext.asyncio import AsyncSession

from crm_reporting.contributions import statements
from crm_reporting.contributions.rules import Counts, Fact, Row, contributions
from crm_reporting.contributions.rules.subjects import subject_contributions
from crm_reporting.contributions.rules.subjects.told import Event
from crm_reporting.contributions.statements import Changed
from crm_reporting.facts import statements as facts
from crm_reporting.facts.rules import deal_facts, labels_in, noun_facts
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
    changes = _Changes(zone)
    changes.take(*deals, contributions)
    changes.take(*subjects, subject_contributions)
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


class _Changes:
    """What a batch changes: rows before and after, and the difference of the counters."""

    def __init__(self, zone: ZoneInfo) -> None:
        self.zone = zone
        self.counts = Counts()
        self.rows: dict[UUID, Changed] = {}
        self.customers: dict[UUID, Touched] = {}

    def take(
        self,
        histories: Mapping[UUID, Sequence[FactT]],
        fresh: Mapping[UUID, Sequence[FactT]],
        rows_of: Callable[[Iterable[FactT], ZoneInfo], Sequence[Row]],
    ) -> None:
        """Compare what these subjects added with what they add now."""
        for subject, new in fresh.items():
            known = histories.get(subject, ())
            before = rows_of(known, self.zone)
            after = rows_of([*known, *new], self.zone)
            if before == after:
                continue
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
