"""A server that starts or stops is waited for: it ends no consumer."""

import asyncio
import os
import signal
from pathlib import Path

from sqlalchemy import text
from sqlalchemy.exc import DBAPIError

from crm_shared.db.engine import make_engine, make_sessions
from crm_shared.embedded.postgres import Postgres
from crm_shared.events.consumer import ConsumerRunner, Subscription
from crm_shared.events.failures import is_away
from crm_shared.events.jetstream import Bus, Link
from crm_shared.ids import new_id
from crm_shared.testing.servers import Broker
from crm_shared.testing.street import ToySeen, count


async def refusal(url: str) -> DBAPIError:
    """Return how the server refuses a new connection, once it does."""
    for _try in range(500):
        engine = make_engine(url, application="tests")
        try:
            async with engine.connect() as connection:
                await connection.execute(text("SELECT 1"))
        except DBAPIError as refused:
            return refused
        finally:
            await engine.dispose()
    raise AssertionError("it goes on taking connections")


class TestStarting:
    async def test_a_server_that_stops_or_starts_is_away_and_kills_no_consumer(
        self, scratch: Path, broker: Broker
    ) -> None:
        with Postgres.start(scratch / f"stopping-{new_id().hex}", fsync=False) as server:
            holding = make_engine(server.url("postgres"), application="tests")
            async with holding.connect() as connection:
                await connection.execute(text("SELECT 1"))
                # A smart shutdown waits for this connection and meanwhile takes no other one.
                os.kill(server.pid, signal.SIGTERM)
                refused = await refusal(server.url("postgres"))
                assert getattr(refused.orig, "sqlstate", None) == "57P03"
                assert is_away(refused)
                await self.lives_on(server.url("postgres"), broker.url)
            await holding.dispose()

    async def lives_on(self, database_url: str, nats_url: str) -> None:
        engine = make_engine(database_url, application="tests")
        bus = await Bus.connect(Link(nats_url, "tests"))
        subscription = Subscription("c", reads=ToySeen, handler=count)
        runner = ConsumerRunner(subscription, sessions=make_sessions(engine), bus=bus)
        stop = asyncio.Event()
        running = asyncio.create_task(runner.run(stop))
        done, _ = await asyncio.wait([running], timeout=0.3)
        stop.set()
        assert not done
        await running
        await bus.close()
        await engine.dispose()
