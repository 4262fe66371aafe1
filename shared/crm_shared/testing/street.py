"""The street alone: one who announces moves of toys and one who counts them, to be broken."""

import argparse
import asyncio
import os
import random
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace
from typing import Any
from uuid import UUID

from sqlalchemy import Column, Identity, Integer, MetaData, Table, Uuid, func, insert, select
from sqlalchemy.dialects.postgresql import insert as upsert
from sqlalchemy.ext.asyncio import AsyncSession

from crm_shared.db.engine import Sessions, make_engine, make_sessions
from crm_shared.db.infrastructure import INBOX, INFRASTRUCTURE, OUTBOX
from crm_shared.events.consumer import ConsumerRunner, Subscription
from crm_shared.events.envelope import Envelope, Event, ForeignEvent
from crm_shared.events.faults import Safeties
from crm_shared.events.jetstream import Bus, Link, Publisher
from crm_shared.events.outbox import entry_values, write_entries
from crm_shared.events.relay import OutboxRelay, RelaySettings
from crm_shared.ids import new_id

TOYS = MetaData()
# no unique key on purpose: what keeps an effect from happening twice must be the street itself
EFFECTS = Table(
    "effects",
    TOYS,
    Column("id", Integer, Identity(), primary_key=True),
    Column("event_id", Uuid, nullable=False),
    Column("toy_id", Uuid, nullable=False),
    Column("revision", Integer, nullable=False),
)
STATE = Table(
    "state",
    TOYS,
    Column("toy_id", Uuid, primary_key=True),
    Column("revision", Integer, nullable=False),
    Column("place", Integer, nullable=False),
)


class ToyMoved(Event, type="crm.toys.toy.moved.v1"):
    """A toy stands somewhere else."""

    place: int


class ToySeen(ForeignEvent, type="crm.toys.toy.moved.v1"):
    """A toy stands somewhere else, as the counter reads it."""

    place: int


@dataclass
class Street:
    """Both ends on two databases, with any safety taken away."""

    announcer_url: str
    counter_url: str
    nats_url: str
    safeties: Safeties = field(default_factory=Safeties)
    ack_wait_s: float = 5.0
    retry_delays_s: Sequence[float] = (0.05, 0.05)

    def relay(self) -> OutboxRelay:
        """Return the announcer's relay."""
        link = Link(self.nats_url, "toys-relay")
        settings = RelaySettings("toys", self.announcer_url, linger_s=0.001, poll_s=0.02)
        return OutboxRelay(settings, lambda: Publisher.connect(link), self.safeties)

    async def runner(
        self,
        sessions: Sessions,
        bus: Bus,
        handler: Callable[[AsyncSession, Sequence[Envelope[ToySeen]]], Any] | None = None,
    ) -> ConsumerRunner:
        """Return the counter's only consumer."""
        subscription = Subscription("counter-effects", reads=ToySeen, handler=handler or count)
        return ConsumerRunner(
            subscription,
            sessions=sessions,
            bus=bus,
            safeties=self.safeties,
            retry_delays_s=self.retry_delays_s,
        )

    async def drain(
        self, handler: Callable[[AsyncSession, Sequence[Envelope[ToySeen]]], Any] | None = None
    ) -> int:
        """Publish and count until there is nothing left; return how many messages were read."""
        engine = make_engine(self.counter_url, application="street")
        bus = await Bus.connect(Link(self.nats_url, "counter"), ack_wait_s=self.ack_wait_s)
        runner = await self.runner(make_sessions(engine), bus, handler)
        try:
            async with self.relay().leading() as leader:
                while await leader.publish_waiting():
                    pass
            return await runner.drain()
        finally:
            await bus.close()
            await engine.dispose()


async def prepare(announcer_url: str, counter_url: str) -> None:
    """Make the tables of both ends."""
    for url, tables in ((announcer_url, [INFRASTRUCTURE]), (counter_url, [INFRASTRUCTURE, TOYS])):
        engine = make_engine(url, application="street")
        async with engine.begin() as connection:
            for metadata in tables:
                await connection.run_sync(metadata.create_all)
        await engine.dispose()


async def announce(url: str, *, toys: int, moves: int, dice: random.Random | None = None) -> None:
    """Move some toys, each move in its own transaction, toys taking turns; `dice` mixes them."""
    engine = make_engine(url, application="street")
    sessions = make_sessions(engine)
    ids = [new_id() for _ in range(toys)]
    steps = [(toy, revision) for revision in range(1, moves + 1) for toy in ids]
    if dice is not None:
        dice.shuffle(steps)
    for toy, revision in steps:
        entry = entry_values(ToyMoved(place=revision), aggregate_id=toy, revision=revision)
        async with sessions.begin() as session:
            await write_entries(session, [entry])
    await engine.dispose()


async def count(session: AsyncSession, batch: Sequence[Envelope[ToySeen]]) -> None:
    """Write one row per event, and where each toy stands by its newest revision."""
    rows = [
        {"event_id": e.id, "toy_id": e.subject, "revision": e.revision, "place": e.data.place}
        for e in batch
    ]
    effects = [{k: row[k] for k in ("event_id", "toy_id", "revision")} for row in rows]
    await session.execute(insert(EFFECTS), effects)
    newest = {row["toy_id"]: row for row in sorted(rows, key=lambda row: int(str(row["revision"])))}

    for row in newest.values():
        state = upsert(STATE).values({k: row[k] for k in ("toy_id", "revision", "place")})
        await session.execute(
            state.on_conflict_do_update(
                index_elements=["toy_id"],
                set_={"revision": state.excluded.revision, "place": state.excluded.place},
                where=STATE.c.revision < state.excluded.revision,
            )
        )


@dataclass(frozen=True)
class Tally:
    """What came of it all: the one oracle of the street's tests."""

    announced: int
    waiting: int
    effects: int
    distinct: int
    inbox: int
    places: dict[UUID, int]

    @property
    def lost(self) -> int:
        """Announced events without an effect."""
        return self.announced - self.distinct

    @property
    def doubled(self) -> int:
        """Effects beyond the first of an event."""
        return self.effects - self.distinct


async def tally(announcer_url: str, counter_url: str) -> Tally:
    """Count both ends."""
    announcer = make_engine(announcer_url, application="street")
    counter = make_engine(counter_url, application="street")
    async with announcer.connect() as ours, counter.connect() as theirs:
        unpublished = func.count().filter(OUTBOX.c.published_at.is_(None))
        announced, waiting = (await ours.execute(select(func.count(), unpublished))).one()
        effects, distinct = (
            await theirs.execute(select(func.count(), func.count(EFFECTS.c.event_id.distinct())))
        ).one()
        inbox = (await theirs.execute(select(func.count()).select_from(INBOX))).scalar_one()
        places = {row.toy_id: row.place for row in await theirs.execute(select(STATE))}
    await announcer.dispose()
    await counter.dispose()
    return Tally(announced, waiting, effects, distinct, inbox, places)


def main() -> None:
    """Run both ends until they die at a named point, or there is nothing left to do."""
    parser = argparse.ArgumentParser()
    parser.add_argument("--announcer", required=True)
    parser.add_argument("--counter", required=True)
    parser.add_argument("--nats", required=True)
    parser.add_argument("--crash-at", default="")
    parser.add_argument("--without", default="", help="a safety to take away")
    parser.add_argument("--deadly", type=int, default=-1, help="a place that ends the process")
    parser.add_argument("--ack-wait", type=float, default=5.0)
    options = parser.parse_args()

    def crash(point: str) -> None:
        if point == options.crash_at:
            os._exit(9)

    async def or_die(session: AsyncSession, batch: Sequence[Envelope[ToySeen]]) -> None:
        if any(envelope.data.place == options.deadly for envelope in batch):
            os._exit(9)
        await count(session, batch)

    off = {options.without: False} if options.without else {}
    street = Street(options.announcer, options.counter, options.nats, Safeties(crash=crash, **off))
    asyncio.run(replace(street, ack_wait_s=options.ack_wait).drain(or_die))


if __name__ == "__main__":
    main()
