"""The real services under the tool: the demo's story, and processes killed beneath it."""

import asyncio
import json
import os
import time

import httpx
from cli.shown import Shown, service
from pace import Pace

BACK_WITHIN_S = 3.0


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
        assert set(shown.left) == {"contacts", "deals", "notifications", "reporting"}
        for seen in shown.left.values():
            assert (seen["dead_letters"], seen["outbox"]["pending"]) == (0, 0)
            assert [each["pending"] for each in seen["consumers"]].count(0) >= 3

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
    def test_brings_a_killed_service_back_within_three_seconds(self, shown: Shown) -> None:
        pace = asyncio.run(Pace.measured())
        killed = service(shown.pid, "deals")
        os.kill(killed.pid, 9)
        killed.wait(5)
        took = seconds_until_ready(f"{shown.url}/-/deals/health/ready")
        pace = asyncio.run(Pace.measured(pace))
        print(f"back after {took:.2f} s; its modules load in {pace.loading_s:.2f} s")  # noqa: T201
        assert took < pace.bound(BACK_WITHIN_S)
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
