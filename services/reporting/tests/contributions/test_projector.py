"""G8: Any order and any duplication of events gives the same counters."""

import asyncio
import random
from collections.abc import Iterator, Sequence
from datetime import timedelta
from operator import add
from typing import Any

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncSession

from crm_reporting.consumers.streams import keep
from crm_reporting.contributions.rules import NONE, Counts, Grain, Value, contributions
from crm_reporting.facts.rules import deal_facts
from crm_reporting.settings import Settings
from crm_reporting.summaries.jobs import sum_some
from crm_reporting.testing import DealStory, SubjectStory, Tell, line, moment, named, snapshot
from crm_shared.db.engine import Sessions
from crm_shared.events.envelope import Envelope

START = moment("2026-02-20 08:00")
STEPS = st.one_of(
    st.tuples(st.just("move"), st.sampled_from(["New", "Qualified", "Proposal", "Won", "Lost"])),
    st.tuples(st.just("owner_id"), st.sampled_from([named("Olena"), named("Petro"), None])),
    st.tuples(st.just("amount"), st.sampled_from(["10.0000", "0.0000", "99.9900", None])),
    st.tuples(st.just("currency"), st.sampled_from(["UAH", "EUR"])),
    st.tuples(st.just("company_id"), st.sampled_from([named("Silpo"), None])),
    st.tuples(st.just("channel"), st.sampled_from(["web", "phone", None])),
    st.tuples(st.just("is_void"), st.booleans()),
    st.tuples(st.just("say"), st.sampled_from(["deleted", "restored"])),
    st.tuples(st.just("line_items"), st.sampled_from([[], [line("a", "7")], [line("b", "3")]])),
)
DAYS = st.floats(min_value=0, max_value=40, allow_nan=False).map(lambda days: round(days, 4))
LIVES = st.lists(st.tuples(STEPS, DAYS), max_size=7)


def lived(name: str, life: Sequence[tuple[tuple[str, Any], float]], *, dated: bool) -> DealStory:
    story = DealStory(name, at=START, dated=dated)
    for (what, value), days in life:
        if what == "move":
            story.move(value, days=days)
        elif what == "say":
            story.say(value, days=days)
        else:
            story.update(days=days, **{what: value})
    return story


def moved(deals: int, seed: int) -> Iterator[SubjectStory]:
    """Money for deals that comes and goes back, moves from one to another, and is taken back."""
    luck = random.Random(seed)
    for n in range(deals * 3):
        on = START + timedelta(days=luck.random() * 9)
        one = SubjectStory(
            "payment", f"{n}", "received", at=on, kind="refund" if n % 3 else "payment",
            amount=luck.choice(["50.0000", "25.0000"]), paid_on=on.date(),
            deal_id=str(named(f"{n // 3}")),
        )  # fmt: skip
        if luck.random() < 0.3:
            one.say("updated", days=1, deal_id=luck.choice([None, str(named("0"))]))
        if luck.random() < 0.2:
            one.say("voided", days=1, voided_at=on)
        yield one


class TestProject:
    @settings(
        max_examples=40, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
    )
    @given(
        lives=st.lists(st.tuples(LIVES, st.booleans()), min_size=1, max_size=4),
        seed=st.integers(0, 2**32),
        size=st.integers(1, 9),
    )
    async def test_comes_to_the_same_whatever_the_order_and_repetition(
        self, worker_sessions: Sessions, lives: Any, seed: int, size: int
    ) -> None:
        stories = [lived(f"{n}", life, dated=dated) for n, (life, dated) in enumerate(lives)]
        events = [event for story in stories for event in story.events]
        events += [event for one in moved(len(stories), seed) for event in one.events]
        shuffled = [*events, *events]
        random.Random(seed).shuffle(shuffled)

        in_order = await counted(worker_sessions, events, size=500)
        disorderly = await counted(worker_sessions, shuffled, size=size)

        for table, rows in in_order.items():
            assert disorderly[table] == rows, table

    async def test_comes_to_the_same_when_batches_are_counted_beside_each_other(
        self, worker_sessions: Sessions
    ) -> None:
        """Two lanes, two replicas: what is told of one deal waits for that deal alone."""
        stories = [
            DealStory(f"{n}", at=START, owner_id=named(f"seller {n % 2}"))
            .move("Qualified", days=n)
            .update(days=1, amount=f"{n}.0000")
            .move("Won" if n % 2 else "Lost", days=3)
            .say("deleted" if n == 1 else "restored", days=1)
            for n in range(6)
        ]
        events = [event for story in stories for event in story.events]
        events += [event for one in moved(6, 3) for event in one.events]
        shuffled = [*events, *events]
        random.Random(7).shuffle(shuffled)
        batches = [shuffled[start : start + 5] for start in range(0, len(shuffled), 5)]

        async def hear(batch: Sequence[Envelope[Any]]) -> None:
            async with worker_sessions.begin() as session:
                await keep(session, list({event.id: event for event in batch}.values()))

        in_order = await counted(worker_sessions, events, size=500)
        await asyncio.gather(*map(hear, batches))

        async with worker_sessions.begin() as session:
            while await sum_some(session):
                pass
            beside = await snapshot(session)
        for table, rows in in_order.items():
            assert beside[table] == rows, table

    async def test_keeps_no_counter_that_came_to_nothing(
        self, tell: Tell, worker: AsyncSession
    ) -> None:
        await tell(DealStory("deal", at=START).move("Proposal", days=2).say("deleted", days=3))

        assert await worker.scalar(text("SELECT count(*) FROM counters")) == 0

    async def test_keeps_counters_that_are_the_sums_of_the_contributions(
        self, tell: Tell, worker: AsyncSession, crm_settings: Settings
    ) -> None:
        stories = [
            DealStory(f"{n}", at=START + timedelta(days=n), owner_id=named(f"seller {n % 3}"))
            .move("Qualified", days=n)
            .move("Won" if n % 2 else "Lost", days=3)
            for n in range(20)
        ]
        await tell(*stories, batch=7)

        counts = Counts()
        for story in stories:
            facts = (row.fact for row in deal_facts(story.events))
            counts.add(contributions(facts, crm_settings.zone))
        kept = await worker.execute(
            text(
                "SELECT grain, key, part, day, team, pipeline, stage, target, currency,"
                " n, priced, zero, passed, dropped, finished, amount, measure"
                " FROM counters WHERE span = 0"
            )
        )
        assert {tuple(row[:9]): tuple(row[9:]) for row in kept} == rolled_up(counts)


def rolled_up(counts: Counts) -> dict[tuple[Any, ...], tuple[Any, ...]]:
    """Return what there is of days: what owners have their teams and the company have too."""
    found: dict[tuple[Any, ...], tuple[Any, ...]] = {}
    for cell, value in counts.changes():
        same = [cell]
        if cell.grain is Grain.OWNER:
            same.append(cell._replace(grain=Grain.TEAM, key=cell.team, team=NONE))
            same.append(cell._replace(grain=Grain.TOTAL, key=NONE, team=NONE))
        for one in same:
            found[one] = tuple(map(add, found.get(one, Value()), value))
    return {cell: value for cell, value in found.items() if any(value)}


async def counted(
    sessions: Sessions, events: Sequence[Envelope[Any]], *, size: int
) -> dict[str, list[Any]]:
    """Hear the events in batches of a size, return what was counted, and forget it."""
    async with sessions() as session:
        for start in range(0, len(events), size):
            batch = {event.id: event for event in events[start : start + size]}
            await keep(session, list(batch.values()))
            # of a history that is not over, too: what comes later mends what was summed
            if start % 2 == 0:
                await sum_some(session)
        while await sum_some(session):
            pass
        found = await snapshot(session)
        await session.rollback()
    return found
