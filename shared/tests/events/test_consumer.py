"""X11 and the consumer's other duties: poison, retries, dead letters, history, decisions."""

import asyncio
from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import asynccontextmanager
from uuid import UUID

import pytest
from sqlalchemy import select, text
from sqlalchemy.ext.asyncio import AsyncSession

from crm_shared.db.engine import Sessions, make_engine, make_sessions
from crm_shared.db.infrastructure import DEAD_LETTERS
from crm_shared.errors import NotFoundError
from crm_shared.events import dead_letters
from crm_shared.events.consumer import (
    MAX_DELIVERIES,
    ConsumerRunner,
    Discard,
    Pause,
    Retry,
    Subscription,
)
from crm_shared.events.envelope import Envelope
from crm_shared.events.jetstream import Bus, BusUnavailableError, Link, Publisher
from crm_shared.ids import new_id
from crm_shared.testing.events import envelope_of
from crm_shared.testing.street import Street, ToyMoved, ToySeen, announce, count, tally

Batch = Sequence[Envelope[ToySeen]]
CRASHED = 9


@pytest.fixture
async def counter(street: Street) -> AsyncIterator[Sessions]:
    engine = make_engine(street.counter_url, application="tests")
    yield make_sessions(engine)
    await engine.dispose()


@asynccontextmanager
async def reader(
    street: Street, counter: Sessions, subscription: Subscription[ToySeen]
) -> AsyncIterator[ConsumerRunner]:
    bus = await Bus.connect(Link(street.nats_url, "tests"))
    yield ConsumerRunner(subscription, sessions=counter, bus=bus, retry_delays_s=(0.01, 0.01))
    await bus.close()


async def publish_all(street: Street) -> None:
    async with street.relay().leading() as leader:
        while await leader.publish_waiting():
            pass


async def drain_until(runner: ConsumerRunner, sessions: Sessions, letters: int) -> None:
    """Drain through the delayed redeliveries until so many letters lie there."""
    for _round in range(200):
        await runner.drain()
        async with sessions() as session:
            if await dead_letters.count_open(session) >= letters:
                return
    raise AssertionError("the dead letter did not come")


class TestX11Poison:
    async def test_one_bad_event_ends_in_dead_letters_and_holds_up_no_other(
        self, street: Street, counter: Sessions
    ) -> None:
        await announce(street.announcer_url, toys=10, moves=1)
        await publish_all(street)

        poisoned = await first_toy(street)

        async def stumbling(session: AsyncSession, batch: Batch) -> None:
            await count(session, batch)
            if any(envelope.subject == poisoned for envelope in batch):
                raise ZeroDivisionError

        async with reader(street, counter, Subscription("c", ToySeen, stumbling)) as runner:
            await drain_until(runner, counter, letters=1)

        world = await tally(street.announcer_url, street.counter_url)
        assert (world.distinct, world.doubled) == (9, 0)
        async with counter() as session:
            [letter] = await dead_letters.list_open(session)
        assert (letter["reason"], letter["attempts"]) == ("ZeroDivisionError", 3)

    async def test_one_that_kills_the_process_is_buried_after_ten_times_and_takes_none_along(
        self, street: Street, counter: Sessions, crash: Callable[..., int]
    ) -> None:
        await announce(street.announcer_url, toys=2, moves=9)  # place 5 of both is deadly
        died = 0
        while await self.buried(counter) < 2:
            died += crash("nowhere", deadly=5) == CRASHED
            assert died < 4 * MAX_DELIVERIES

        world = await tally(street.announcer_url, street.counter_url)
        assert (world.distinct, world.doubled, world.lost) == (16, 0, 2)
        async with counter() as session:
            letters = await dead_letters.list_open(session)
        assert [letter["reason"] for letter in letters] == ["delivered too often"] * 2
        assert died >= MAX_DELIVERIES

    async def buried(self, counter: Sessions) -> int:
        async with counter() as session:
            return await dead_letters.count_open(session)

    @pytest.mark.parametrize(
        ("payload", "reason"),
        [
            ("not json", "envelope: json_invalid"),
            ("{}", "id: missing"),
            ('{"data": {"place": "here"}}', "id: missing"),
        ],
    )
    async def test_what_is_no_envelope_is_buried_at_once_without_its_words(
        self, street: Street, counter: Sessions, payload: str, reason: str
    ) -> None:
        await publish_raw(street, payload)

        async with reader(street, counter, Subscription("c", ToySeen, count)) as runner:
            await runner.drain()

        async with counter() as session:
            [letter] = await dead_letters.list_open(session)
        assert letter["reason"] == reason

    async def test_a_value_that_does_not_fit_is_named_by_field_and_not_shown(
        self, street: Street, counter: Sessions
    ) -> None:
        good = envelope_of(ToyMoved(place=1)).model_dump_json()
        await publish_raw(street, good.replace('"place":1', '"place":"a secret"'))

        async with reader(street, counter, Subscription("c", ToySeen, count)) as runner:
            await runner.drain()

        async with counter() as session:
            [letter] = await dead_letters.list_open(session)
        assert letter["reason"] == "data.place: int_parsing"

    async def test_another_services_name_on_this_stream_is_refused(
        self, street: Street, counter: Sessions
    ) -> None:
        forged = envelope_of(ToyMoved(place=1), source="/crm/deals").model_dump_json()
        await publish_raw(street, forged)

        async with reader(street, counter, Subscription("c", ToySeen, count)) as runner:
            await runner.drain()

        assert (await tally(street.announcer_url, street.counter_url)).effects == 0


class TestDeadLetters:
    async def test_a_retry_after_the_fix_has_its_effect_once(
        self, street: Street, counter: Sessions
    ) -> None:
        letter_id = await self.one_letter(street, counter)
        async with counter.begin() as session:
            await dead_letters.mark_retry(session, letter_id)

        async with reader(street, counter, Subscription("c", ToySeen, count)) as runner:
            assert await runner.drain() == 1
            assert await runner.drain() == 0

        world = await tally(street.announcer_url, street.counter_url)
        assert (world.effects, world.lost) == (1, 0)
        async with counter() as session:
            assert await dead_letters.count_open(session) == 0

    async def test_a_retry_asks_others_while_it_holds_nothing_and_each_is_settled_alone(
        self, street: Street, counter: Sessions
    ) -> None:
        for letter_id in await self.letters(street, counter, 2):
            async with counter.begin() as session:
                await dead_letters.mark_retry(session, letter_id)
        free: list[int] = []

        async def ask(_bus: Bus, _batch: Batch) -> None:
            async with counter() as session:
                waiting = select(DEAD_LETTERS.c.id).where(DEAD_LETTERS.c.state == "retrying")
                found = await session.scalars(waiting.with_for_update(skip_locked=True))
                free.append(len(found.all()))
            if len(free) == 2:
                raise BusUnavailableError("away")

        asking = Subscription("c", ToySeen, count, asks=ask)
        async with reader(street, counter, asking) as runner:
            with pytest.raises(BusUnavailableError):
                await runner.retry_dead_letters()

        assert free == [2, 1]
        assert (await tally(street.announcer_url, street.counter_url)).effects == 1

    async def test_a_retry_that_fails_again_stays_open_with_the_new_reason(
        self, street: Street, counter: Sessions
    ) -> None:
        letter_id = await self.one_letter(street, counter)
        async with counter.begin() as session:
            await dead_letters.mark_retry(session, letter_id)

        stop = asyncio.Event()

        async def away(_session: AsyncSession, _batch: Batch) -> None:
            stop.set()
            raise Pause

        async with reader(street, counter, Subscription("c", ToySeen, away)) as runner:
            runner.retries_wanted = True
            # what is away is waited for: it ends neither the loop nor the wish
            await runner.run(stop)

        async def still_broken(_session: AsyncSession, _batch: Batch) -> None:
            raise LookupError

        async with reader(street, counter, Subscription("c", ToySeen, still_broken)) as runner:
            await runner.drain()

        async with counter() as session:
            [letter] = await dead_letters.list_open(session)
        assert (letter["state"], letter["reason"]) == ("open", "LookupError")

    async def test_a_retry_does_not_believe_what_was_not_believed(
        self, street: Street, counter: Sessions
    ) -> None:
        forged = envelope_of(ToyMoved(place=1), source="/crm/deals").model_dump_json()
        await publish_raw(street, forged)
        async with reader(street, counter, Subscription("c", ToySeen, count)) as runner:
            await runner.drain()
            async with counter.begin() as session:
                [letter] = await dead_letters.list_open(session)
                await dead_letters.mark_retry(session, letter["id"])
            await runner.drain()
        async with counter() as session:
            [letter] = await dead_letters.list_open(session)
        assert "publisher" in letter["reason"]
        assert (await tally(street.announcer_url, street.counter_url)).effects == 0

    async def test_a_dropped_one_is_settled_and_says_why(
        self, street: Street, counter: Sessions
    ) -> None:
        letter_id = await self.one_letter(street, counter)
        async with counter.begin() as session:
            await dead_letters.drop(session, letter_id, "a test order")
            assert (await dead_letters.get(session, letter_id))["note"] == "a test order"
            with pytest.raises(dead_letters.DeadLetterSettledError):
                await dead_letters.mark_retry(session, letter_id)
            with pytest.raises(NotFoundError):
                await dead_letters.drop(session, new_id(), "unknown")

    async def one_letter(self, street: Street, counter: Sessions) -> UUID:
        [letter_id] = await self.letters(street, counter, 1)
        return letter_id

    async def letters(self, street: Street, counter: Sessions, count: int) -> list[UUID]:
        await announce(street.announcer_url, toys=count, moves=1)
        await publish_all(street)

        async def broken(_session: AsyncSession, _batch: Batch) -> None:
            raise Discard("cannot be")

        async with reader(street, counter, Subscription("c", ToySeen, broken)) as runner:
            await runner.drain()
        async with counter() as session:
            return [letter["id"] for letter in await dead_letters.list_open(session)]


class TestWishes:
    async def test_an_event_that_does_not_matter_writes_nothing(
        self, street: Street, counter: Sessions
    ) -> None:
        await announce(street.announcer_url, toys=2, moves=2)
        await publish_all(street)

        async def second_moves(_session: AsyncSession, batch: Batch) -> Batch:
            return [envelope for envelope in batch if envelope.revision == 2]

        chosen = Subscription("c", ToySeen, count, decide=second_moves)
        async with reader(street, counter, chosen) as runner:
            assert await runner.drain() == 4

        world = await tally(street.announcer_url, street.counter_url)
        assert (world.effects, world.inbox) == (2, 2)

    async def test_a_handler_that_acts_leaves_alone_what_was_before_it(
        self, street: Street, counter: Sessions
    ) -> None:
        await announce(street.announcer_url, toys=2, moves=1)
        await publish_all(street)

        async with reader(street, counter, Subscription("c", ToySeen, count, acts=True)) as runner:
            await runner.drain()
            await announce(street.announcer_url, toys=1, moves=1)
            await publish_all(street)
            await runner.drain()

        assert (await tally(street.announcer_url, street.counter_url)).effects == 1

    async def test_a_wish_to_retry_brings_the_event_again(
        self, street: Street, counter: Sessions
    ) -> None:
        await announce(street.announcer_url, toys=1, moves=1)
        await publish_all(street)
        asked = []

        async def later(session: AsyncSession, batch: Batch) -> None:
            asked.append(len(batch))
            if len(asked) == 1:
                raise Retry(0.01)
            await count(session, batch)

        async with reader(street, counter, Subscription("c", ToySeen, later)) as runner:
            for _round in range(100):
                await runner.drain()
                if len(asked) > 1:
                    break

        assert (await tally(street.announcer_url, street.counter_url)).effects == 1


async def first_toy(street: Street) -> UUID:
    engine = make_engine(street.announcer_url, application="tests")
    async with engine.connect() as connection:
        toy: UUID = await connection.scalar(text("SELECT aggregate_id FROM outbox ORDER BY id"))
    await engine.dispose()
    return toy


async def publish_raw(street: Street, payload: str) -> None:
    publisher = await Publisher.connect(Link(street.nats_url, "tests"))
    await publisher.ensure_stream("toys", days=1)
    await publisher.publish("toys", [(ToyMoved.type, str(new_id()), payload)])
    await publisher.close()


class TestPulling:
    async def test_a_heap_comes_in_full_batches(self, street: Street, counter: Sessions) -> None:
        await announce(street.announcer_url, toys=60, moves=5)
        await publish_all(street)
        bus = await Bus.connect(Link(street.nats_url, "tests"))
        await bus.ensure_durable("CRM_TOYS", "heap", ToySeen.type)
        puller = bus.puller("CRM_TOYS", "heap")
        await puller.open()

        sizes = []
        for _ in range(3):
            batch = await puller.pull(limit=140, wait_s=2.0)
            sizes.append((len(batch), batch[-1].pending))
            for delivery in batch:
                await delivery.ack()

        # the last one does not wait for company that does not come
        assert sizes == [(140, 160), (140, 20), (20, 0)]
        await bus.close()


class TestFilters:
    async def test_one_of_the_old_kind_is_narrowed_and_keeps_its_place(
        self, street: Street, counter: Sessions
    ) -> None:
        everything = Subscription("c", ToySeen, count, pattern="crm.toys.>")
        narrow = Subscription(
            "c", ToySeen, count, pattern="crm.toys.>", only=["crm.toys.toy.lost.v1", ToySeen.type]
        )
        nothing = Subscription(
            "c", ToySeen, count, pattern="crm.toys.>", only=["crm.toys.toy.lost.v1", "crm.toys.x"]
        )
        read = []
        for subscription in (everything, narrow, nothing):
            await announce(street.announcer_url, toys=3, moves=1)
            await publish_all(street)
            async with reader(street, counter, subscription) as runner:
                read.append(await runner.drain())

        world = await tally(street.announcer_url, street.counter_url)
        assert (read, world.distinct, world.doubled) == ([3, 3, 0], 6, 0)
