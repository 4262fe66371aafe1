"""A street of its own for every test: two databases, and a broker that may be harmed."""

import sys
from collections.abc import AsyncIterator, Callable, Iterator
from pathlib import Path
from subprocess import run

import pytest
import pytest_asyncio

from crm_shared.embedded.postgres import Postgres
from crm_shared.ids import new_id
from crm_shared.testing.servers import Broker, Databases
from crm_shared.testing.street import Street, prepare

CRASHED = 9
Crash = Callable[..., int]


@pytest.fixture
def broker(scratch: Path) -> Iterator[Broker]:
    """A nats-server that this test may kill and set back in time."""
    broker = Broker(scratch / f"nats-{new_id().hex}")
    yield broker
    broker.stop()


@pytest_asyncio.fixture
async def street(postgres: Postgres, databases: Databases, broker: Broker) -> AsyncIterator[Street]:
    """Both ends of a street, empty."""
    names = [f"street_{new_id().hex}" for _ in range(2)]
    for name in names:
        await databases.run(f"CREATE DATABASE {name}")
    announcer, counter = (postgres.url(name) for name in names)
    await prepare(announcer, counter)
    yield Street(announcer, counter, broker.url)
    for name in names:
        await databases.run(f"DROP DATABASE {name} WITH (FORCE)")


@pytest.fixture
def crash(street: Street) -> Crash:
    """Run both ends in a process of their own that dies at a named point."""

    def run_until(point: str, *, without: str = "", deadly: int = -1) -> int:
        command = [
            sys.executable,
            "-m",
            "crm_shared.testing.street",
            f"--announcer={street.announcer_url}",
            f"--counter={street.counter_url}",
            f"--nats={street.nats_url}",
            f"--crash-at={point}",
            f"--without={without}",
            f"--deadly={deadly}",
            f"--ack-wait={0.2 if deadly >= 0 else 5.0}",
        ]
        return run(command, check=False, timeout=60).returncode

    return run_until
