"""Where the commands find a system in containers on this machine."""

import json
from pathlib import Path

import pytest
from typer.testing import CliRunner

from crm_cli import nats_users
from crm_cli.app import app
from crm_cli.commands import bus
from crm_cli.target import containers_nats, containers_url


class TestContainers:
    @pytest.mark.parametrize(
        ("settings", "url"),
        [
            ({}, "http://127.0.0.1:8000"),
            ({"CRM_PORT_BASE": "9000"}, "http://127.0.0.1:9000"),
            ({"CRM_BIND": "0.0.0.0"}, "http://127.0.0.1:8000"),  # noqa: S104
            ({"CRM_BIND": "192.0.2.7", "CRM_DOMAIN": "crm.example"}, "http://192.0.2.7:8000"),
        ],
    )
    def test_answer_where_their_origin_is_bound(self, settings: dict[str, str], url: str) -> None:
        assert containers_url(settings) == url

    @pytest.mark.parametrize(
        ("bind", "url"),
        [
            (None, "nats://127.0.0.1:4222"),
            ("127.0.0.1:5222", "nats://127.0.0.1:5222"),
            ("0.0.0.0:4222", "nats://127.0.0.1:4222"),
            ("5222", "nats://127.0.0.1:5222"),
        ],
    )
    def test_have_their_broker_where_it_is_bound(self, bind: str | None, url: str) -> None:
        assert containers_nats({"CRM_NATS_BIND": bind} if bind else {}) == url


class TestRefresh:
    def test_takes_added_users_into_the_present_configuration(
        self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setattr(bus, "_COMPOSE_FOLDER", tmp_path)
        nats_users.add(tmp_path, "billing", "made-up")
        (tmp_path / "local.conf").write_text("of an older release")

        done = CliRunner().invoke(app, ["nats-user", "refresh", "--json"])

        assert json.loads(done.stdout) == {"users": ["billing"]}
        written = (tmp_path / "local.conf").read_text()
        assert '{ user: billing, password: "made-up"' in written
        assert written.startswith(nats_users.COMMITTED.read_text()[:500])

    def test_has_nothing_to_do_without_any(
        self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setattr(bus, "_COMPOSE_FOLDER", tmp_path)
        assert CliRunner().invoke(app, ["nats-user", "refresh"]).exit_code == 0
        assert list(tmp_path.iterdir()) == []
