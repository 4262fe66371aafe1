"""What is generated and committed under deploy/ is current."""

import asyncio
from typing import Any

import pytest

from crm_cli import caddyfile, env, lag, nats_users, programs, site
from crm_cli.commands.contracts import DEPLOY
from crm_cli.nats_conf import INTAKE_DURABLE, INTAKE_STREAM, reader, render, with_users
from crm_cli.topology import SERVICES


@pytest.fixture(scope="module")
def known() -> dict[str, dict[str, Any]]:
    return asyncio.run(programs.contracts())


class TestGenerated:
    """The large ones, docs/events.md and openapi.json, are the step `contracts` of ./crm test."""

    def test_the_bus_knows_exactly_what_the_services_subscribe_to(
        self, known: dict[str, dict[str, Any]]
    ) -> None:
        assert nats_users.COMMITTED.read_text() == render(known), "./crm contracts --write"

    def test_the_gateway_knows_every_path(self) -> None:
        assert (DEPLOY / "caddy" / "Caddyfile").read_text() == caddyfile.render()
        assert (DEPLOY / "caddy" / "site" / "index.html").read_bytes() == site.INDEX

    def test_status_knows_every_reader(self, known: dict[str, dict[str, Any]]) -> None:
        for service, readers in lag.durables().items():
            subscriptions = known[service]["subscriptions"]
            told = {(each["stream"], each["durable"]) for each in subscriptions}
            # what other systems bring is no event of ours: its reader stands beside the others
            intake = {(INTAKE_STREAM, INTAKE_DURABLE)} if service == "notifications" else set()
            assert set(readers) == told | intake


class TestNatsConf:
    def test_names_a_password_of_env_for_every_user(self) -> None:
        text = render({service.name: {"subscriptions": []} for service in SERVICES})
        named = {part.split(",")[0] for part in text.split("password: $")[1:]}
        assert named == {name for name in env.complete({}) if name.startswith("NATS_")}

    @pytest.mark.parametrize("users", [[], ["billing"], ["billing", "warehouse"]])
    def test_takes_more_users_in(self, users: list[str]) -> None:
        text = render({service.name: {"subscriptions": []} for service in SERVICES})
        more = with_users(text, [reader(name, "made-up") for name in users])
        assert more.count("{ user: ") == text.count("{ user: ") + len(users)
