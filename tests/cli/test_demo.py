"""The real services under the tool: the demo's story, and processes killed beneath it."""

import json
import os
import time
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import httpx
import psutil
import pytest
from cli.harness import Crm, environment, free_port_base, runner


@dataclass(frozen=True, slots=True)
class Shown:
    """A system after its demo, and what the demo told."""

    crm: Crm
    url: str
    pid: int
    told: dict[str, Any]


@pytest.fixture(scope="module")
def shown(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Shown]:
    folder = tmp_path_factory.mktemp("demo")
    base = free_port_base()
    environ = environment(folder, folder, base)
    crm = runner(environ, seconds=400)
    try:
        done = crm("demo", "--json")
        assert done.returncode == 0, done.stderr
        pid = json.loads((folder / "running.json").read_text())["pid"]
        yield Shown(crm, f"http://127.0.0.1:{base}", pid, json.loads(done.stdout))
    finally:
        crm("down")


def service(pid: int, name: str) -> psutil.Process:
    """Return the process of a service under `up`."""
    for child in psutil.Process(pid).children():
        if f"crm_{name}" in child.cmdline():
            return child
    raise AssertionError(f"{name} does not run")


def seconds_until_ready(url: str) -> float:
    began = time.monotonic()
    while time.monotonic() - began < 60:
        try:
            if httpx.get(url, trust_env=False).is_success:
                break
        except httpx.HTTPError:
            pass
        time.sleep(0.02)
    return time.monotonic() - began


class TestDemo:
    def test_shows_what_each_of_the_three_did(self, shown: Shown) -> None:
        seen = [each["service"] for each in shown.told["reactions"]]
        assert sorted(seen) == ["contacts", "notifications", "reporting"]

    def test_loses_nothing_while_one_of_them_is_away(self, shown: Shown) -> None:
        away = [each["away"] for each in shown.told["absences"]]
        assert away == ["contacts", "notifications", "reporting"]
        assert all(len(each["others"]) == 2 for each in shown.told["absences"])

    def test_gives_every_role_a_sign_in_that_works(self, shown: Shown) -> None:
        people = shown.told["sign_ins"]
        roles = {person["role"] for person in people}
        assert roles == {"head", "seller", "marketing", "accountant", "viewer"}
        for person in people:
            body = {"email": person["email"], "password": person["password"]}
            answer = httpx.post(f"{shown.url}/v1/auth/sign-in", json=body, trust_env=False)
            assert answer.status_code == 200, answer.text

    def test_leaves_no_dead_letters_and_nobody_behind(self, shown: Shown) -> None:
        services = json.loads(shown.crm("status", "--json").stdout)["services"]
        for seen in services.values():
            assert (seen["dead_letters"], seen["outbox"]["pending"]) == (0, 0)
            assert [each["pending"] for each in seen["consumers"]].count(0) >= 3
        assert json.loads(shown.crm("dead-letters", "list", "--json").stdout) == {
            name: [] for name in services
        }

    def test_sends_letters_that_can_be_read(self, shown: Shown) -> None:
        token = shown.crm("token").stdout.strip()
        letters = httpx.get(
            f"{shown.url}/v1/channels/mailbox/messages",
            headers={"Authorization": f"Bearer {token}"},
            trust_env=False,
        ).json()
        assert "example.com" in json.dumps(letters)

    def test_loads_the_company_once(self, shown: Shown) -> None:
        again = shown.crm("demo", "--json")
        assert again.returncode == 0, again.stderr
        assert "deals with" not in again.stderr


class TestSupervisor:
    def test_brings_a_killed_service_back(self, shown: Shown) -> None:
        killed = service(shown.pid, "deals")
        os.kill(killed.pid, 9)
        killed.wait(5)
        # Three seconds on a machine with nothing else to do; tests share theirs.
        assert seconds_until_ready(f"{shown.url}/-/deals/health/ready") < 20
        assert service(shown.pid, "deals").pid != killed.pid

    def test_gives_no_service_anothers_secrets(self, shown: Shown) -> None:
        deals = service(shown.pid, "deals").environ()
        assert "DEALS_DATABASE_URL" in deals
        assert not [
            name
            for name in deals
            if name.startswith(("CONTACTS_", "REPORTING_", "NATS_", "CRM_OPERATOR"))
        ]


class TestRebuild:
    def test_counts_anew_and_says_when_it_is_done(self, shown: Shown) -> None:
        assert json.loads(shown.crm("rebuild", "--json").stdout)["state"] == "done"


class TestTail:
    def test_tells_events_from_a_day_on(self, shown: Shown) -> None:
        done = shown.crm(
            *("events", "tail", "crm.deals.deal.>", "--since", "2026-01-01"),
            *("--count", "3", "--json"),
        )
        events = [json.loads(line) for line in done.stdout.splitlines()]
        assert len(events) == 3
        assert all(event["type"].startswith("crm.deals.deal.") for event in events)
