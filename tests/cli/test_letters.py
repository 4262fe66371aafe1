"""`dead-letters` and `events tail` on the real services: poison, retries, what others hear."""

import asyncio
import json
import os
import subprocess
import sys
from collections.abc import Iterator
from typing import Any

import pytest
from cli.harness import ROOT
from cli.shown import Shown, eventually, service

from crm_cli.demo.company import STAGES
from crm_shared.events.consumer import MAX_DELIVERIES
from crm_shared.events.jetstream import Bus, Publisher
from crm_shared.ids import new_id

MOVED = "crm.deals.deal.stage_changed.v1"
READER = "contacts-task-rules"


def letters(shown: Shown, service: str) -> list[dict[str, Any]]:
    told = shown.crm("dead-letters", "list", "--service", service, "--json")
    assert told.returncode == 0, told.stderr
    found: list[dict[str, Any]] = json.loads(told.stdout)[service]
    return found


def letter(shown: Shown, letter_id: str) -> dict[str, Any]:
    found: dict[str, Any] = json.loads(
        shown.crm("dead-letters", "show", "contacts", letter_id).stdout
    )
    return found


async def poison(shown: Shown) -> None:
    """Publish what no reader can read, as a service whose release is broken would."""
    publisher = await Publisher.connect(shown.link("deals-worker"))
    await publisher.publish("deals", [(MOVED, str(new_id()), '{"data": "Taras Shevchenko"}')])
    await publisher.close()


async def refuse(shown: Shown) -> None:
    """Take what waits for the reader and hand it back, as one that dies of it every time."""
    bus = await Bus.connect(shown.link("contacts-worker"))
    puller = bus.puller("CRM_DEALS", READER)
    await puller.open()
    attempts = 0
    while attempts < MAX_DELIVERIES:
        for delivery in await puller.pull(limit=1, wait_s=2):
            attempts = delivery.attempts
            await delivery.retry_in(0)
    await bus.close()


def new_deal(shown: Shown) -> tuple[dict[str, Any], dict[str, str]]:
    """Return a deal of the demo's pipeline, and the move that makes a task for its seller."""
    with shown.client() as client:
        known = client.get("/v1/deals", params={"outcome[eq]": "open", "limit": 1}).json()["items"][
            0
        ]
        stages = client.get(f"/v1/pipelines/{known['pipeline_id']}").json()["stages"]
        names = ("owner_id", "contact_id", "company_id", "pipeline_id")
        body = {"title": "Вікна", **{name: known[name] for name in names}}
        made = client.post("/v1/deals", json=body).raise_for_status().json()
    into = next(stage["id"] for stage in stages if stage["label"] == STAGES[1][0])
    return made, {"stage_id": into}


def move(shown: Shown, deal: dict[str, Any], into: dict[str, str]) -> None:
    with shown.client() as client:
        path = f"/v1/deals/{deal['id']}/stage"
        client.put(path, json=into, headers={"If-Match": "*"}).raise_for_status()


def tasks(shown: Shown, deal: dict[str, Any]) -> list[dict[str, Any]]:
    with shown.client() as client:
        answer = client.get("/v1/tasks", params={"deal_id": deal["id"]})
        found: list[dict[str, Any]] = answer.raise_for_status().json()["items"]
    return found


@pytest.fixture
def no_letters(shown: Shown) -> Iterator[None]:
    yield
    for name in ("contacts", "deals", "notifications", "reporting"):
        assert shown.crm("dead-letters", "drop", name, "all").returncode == 0


@pytest.mark.usefixtures("no_letters")
class TestPoison:
    def test_is_listed_shown_tried_again_and_dropped(self, shown: Shown) -> None:
        asyncio.run(poison(shown))
        found = eventually(lambda: letters(shown, "contacts"))
        mine = next(each for each in found if each["durable"] == READER)
        assert (mine["type"], mine["reason"]) == (MOVED, "id: missing")

        table = shown.crm("dead-letters", "list").stdout
        assert all(word in table for word in (mine["id"], READER, mine["first_at"], "id: missing"))
        assert "Shevchenko" not in table
        assert letter(shown, mine["id"])["payload"] == '{"data": "Taras Shevchenko"}'

        tried = shown.crm("dead-letters", "retry", "contacts", mine["id"], "--json")
        assert (tried.returncode, json.loads(tried.stdout)) == (0, {"retry": 1})
        eventually(lambda: letter(shown, mine["id"])["attempts"] > mine["attempts"])
        assert letter(shown, mine["id"])["state"] == "open"

        why = ("--reason", "a broken release")
        dropped = shown.crm("dead-letters", "drop", "contacts", mine["id"], *why)
        assert (dropped.returncode, dropped.stdout) == (0, "drop: 1\n")
        seen = letter(shown, mine["id"])
        assert (seen["state"], seen["note"]) == ("done", "a broken release")
        assert mine["id"] not in {each["id"] for each in letters(shown, "contacts")}

        again = shown.crm("dead-letters", "retry", "contacts", mine["id"])
        assert again.returncode == 1
        assert "settled" in again.stderr

    def test_is_settled_all_at_once(self, shown: Shown) -> None:
        asyncio.run(poison(shown))
        count = len(eventually(lambda: letters(shown, "reporting")))
        dropped = shown.crm("dead-letters", "drop", "reporting", "all", "--json")
        assert json.loads(dropped.stdout) == {"drop": count}
        assert letters(shown, "reporting") == []

    @pytest.mark.parametrize("which", ["no-id", "01920000-0000-7000-8000-000000000001"])
    def test_that_is_not_there_is_said_to_be_missing(self, shown: Shown, which: str) -> None:
        for verb in ("show", "retry", "drop"):
            refused = shown.crm("dead-letters", verb, "contacts", which)
            assert refused.returncode == 1
            assert "Traceback" not in refused.stderr


@pytest.mark.usefixtures("no_letters")
class TestRetry:
    def test_does_what_was_left_undone_and_only_once(self, shown: Shown) -> None:
        deal, into = new_deal(shown)
        process = service(shown.pid, "contacts")
        shown.state.hold("contacts")
        try:
            # Its worker reads until the last moment: what it still takes is no letter.
            process.wait(60)
            move(shown, deal, into)
            asyncio.run(refuse(shown))
        finally:
            shown.state.release_all()
        eventually(lambda: is_ready(shown, "contacts"))
        [mine] = eventually(lambda: letters(shown, "contacts"))
        assert (mine["durable"], mine["reason"]) == (READER, "delivered too often")
        assert tasks(shown, deal) == []

        for _twice in range(2):
            shown.crm("dead-letters", "retry", "contacts", mine["id"])
            eventually(lambda: not letters(shown, "contacts"))
        assert len(tasks(shown, deal)) == 1


def is_ready(shown: Shown, service: str) -> bool:
    with shown.client() as client:
        return client.get(f"/-/{service}/health/ready").is_success


class TestTail:
    def tail(self, shown: Shown, *more: str) -> "subprocess.Popen[str]":
        """Start to listen; returns once it does."""
        environ = {**os.environ, "CRM_STATE_DIR": str(shown.state.folder)}
        started = subprocess.Popen(
            [sys.executable, "-P", "-m", "crm_cli", "events", "tail", *more, "--json"],
            env=environ,
            cwd=ROOT,
            text=True,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
        )
        assert started.stderr is not None
        assert "listening" in started.stderr.readline()
        return started

    def test_tells_what_comes_and_nothing_older_to_everyone_who_listens(self, shown: Shown) -> None:
        deal, into = new_deal(shown)
        own = (MOVED, "--count", "1")
        with self.tail(shown, *own) as one, self.tail(shown, *own) as other:
            move(shown, deal, into)
            for each in (one, other):
                told, _ = each.communicate(timeout=60)
                [event] = [json.loads(line) for line in told.splitlines()]
                assert (event["type"], event["subject"]) == (MOVED, deal["id"])

    @pytest.mark.parametrize("start", [("--from-start",), ("--since", "2026-01-01")])
    def test_tells_what_was_there_before(self, shown: Shown, start: tuple[str, ...]) -> None:
        done = shown.crm("events", "tail", "crm.deals.deal.>", *start, "--count", "3", "--json")
        events = [json.loads(line) for line in done.stdout.splitlines()]
        assert len(events) == 3
        assert all(event["type"].startswith("crm.deals.deal.") for event in events)

    def test_begins_with_what_was_recorded_since(self, shown: Shown) -> None:
        deal, into = new_deal(shown)
        since = deal["created_at"].replace("Z", "").partition("+")[0]
        told = shown.crm("events", "tail", "--since", since, "--count", "1", "--json").stdout
        assert json.loads(told)["recordedtime"] >= since
        move(shown, deal, into)

    @pytest.mark.parametrize(
        ("asked", "told"),
        [
            (("deals.>",), "crm.deals.>"),
            (("crm.sales.>",), "crm.deals.>"),
            (("--from-start", "--since", "2026-01-01"), "choose one"),
        ],
    )
    def test_refuses_what_can_never_be_heard(
        self, shown: Shown, asked: tuple[str, ...], told: str
    ) -> None:
        refused = shown.crm("events", "tail", *asked)
        assert refused.returncode == 1
        assert told in refused.stderr
