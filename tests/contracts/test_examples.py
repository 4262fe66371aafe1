"""I1: the readers in docs/examples keep every event once, in Python, JavaScript and Go."""

import json
import os
import shutil
import sqlite3
import subprocess
import sys
from collections.abc import Callable, Sequence
from contextlib import closing
from pathlib import Path

import pytest

from crm_shared.embedded.nats import NatsServer
from crm_shared.events.envelope import stream_of
from crm_shared.events.jetstream import Bus, Link, Publisher
from crm_shared.ids import new_id

EXAMPLES = Path(__file__).parents[2] / "docs" / "examples"
TYPE = "crm.deals.deal.stage_changed.v1"
FULL = "CRM_TEST_FULL" in os.environ
NODE_MODULES = ("@nats-io/transport-node", "@nats-io/jetstream")


def in_python(_folder: Path) -> Sequence[str]:
    return [sys.executable, str(EXAMPLES / "consumer.py")]


def in_javascript(folder: Path) -> Sequence[str]:
    """Node looks for packages beside the script: both are brought into the folder."""
    if shutil.which("npm") is None:
        pytest.skip("npm is not installed here")
    if not FULL:
        pytest.skip("npm installs packages: ./crm test --full")
    shutil.copy(EXAMPLES / "consumer.mjs", folder)
    install = ["npm", "install", "--silent", "--no-audit", "--no-fund", *NODE_MODULES]
    done = subprocess.run(install, cwd=folder, capture_output=True, check=False, timeout=120)
    if done.returncode:
        pytest.skip("npm reaches no registry")
    return ["node", "consumer.mjs"]


def in_go(folder: Path) -> Sequence[str]:
    if shutil.which("go") is None:
        pytest.skip("go is not installed here")
    if not FULL:
        pytest.skip("go fetches modules: ./crm test --full")
    shutil.copy(EXAMPLES / "consumer.go", folder / "main.go")
    for command in (["mod", "init", "reader"], ["mod", "tidy"]):
        done = subprocess.run(["go", *command], cwd=folder, capture_output=True, check=False)
        if done.returncode:
            pytest.skip("go reaches no modules")
    # with its modules there, what does not compile is a fault of the example
    build = ["go", "build", "-o", "reader", "."]
    built = subprocess.run(build, cwd=folder, capture_output=True, text=True, check=False)
    assert built.returncode == 0, built.stderr
    return ["./reader"]


def kept(folder: Path) -> list[str]:
    """The ids that a reader wrote down, in their order."""
    if (folder / "events.sqlite").exists():
        with closing(sqlite3.connect(folder / "events.sqlite")) as kept_in:
            rows = kept_in.execute("SELECT id FROM events ORDER BY rowid").fetchall()
        return [row[0] for row in rows]
    lines = (folder / "events.jsonl").read_text().splitlines()
    return [json.loads(line)["id"] for line in lines]


@pytest.mark.parametrize("prepare", [in_python, in_javascript, in_go])
async def test_a_reader_keeps_every_event_once_and_goes_on_where_it_was(
    nats_server: NatsServer, tmp_path: Path, prepare: Callable[[Path], Sequence[str]]
) -> None:
    command, name = prepare(tmp_path), f"reader-{new_id().hex[:8]}"
    address = nats_server.url.replace("nats://", f"nats://{name}@")
    publisher = await Publisher.connect(Link(nats_server.url, "tests"))
    bus = await Bus.connect(Link(nats_server.url, "tests"))
    await bus.empty_streams()
    await publisher.ensure_stream("deals", days=1)
    ids = [str(new_id()) for _ in range(5)]

    async def publish(*said: str) -> None:
        # each under a name of its own: what the broker would drop as a copy must come twice
        events = [(TYPE, str(new_id()), json.dumps({"id": one, "type": TYPE})) for one in said]
        await publisher.publish("deals", events)

    def run() -> None:
        done = subprocess.run(
            [*command, address, "--once"],
            cwd=tmp_path,
            capture_output=True,
            text=True,
            check=False,
            timeout=60,
        )
        assert (done.returncode, done.stderr) == (0, "")

    await publish(*ids[:3], ids[0])
    run()
    assert kept(tmp_path) == ids[:3]
    await publish(ids[3], ids[1], ids[4])
    run()
    assert kept(tmp_path) == ids
    assert await bus.pending(stream_of("deals"), name) == 0
    await publisher.close()
    await bus.delete_durable(stream_of("deals"), name)
    await bus.empty_streams()
    await bus.close()
