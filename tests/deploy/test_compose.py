"""The system in containers: its one page, and where an engine is present the real thing."""

import json
import os
import re
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from importlib import import_module
from pathlib import Path
from typing import Any

import httpx
import pytest

from crm_cli import env
from crm_cli.tokens import sign
from crm_cli.topology import SERVICES

ROOT = Path(__file__).resolve().parents[2]
PAGE = (ROOT / "docker-compose.yml").read_text()
SECRET = re.compile(r"\$\{(\w*(?:PASSWORD|KEY|JWKS)\w*)([^}]*)\}")
PROJECT = "crm-test"
PORT = 18400


def answers(*arguments: str) -> bool:
    if shutil.which("docker") is None:
        return False
    return subprocess.run(["docker", *arguments], capture_output=True, check=False).returncode == 0


def engine() -> bool:
    return answers("info")


needs_compose = pytest.mark.skipif(
    not answers("compose", "version"), reason="no docker with the compose plugin here"
)
needs_engine = pytest.mark.skipif(
    not (os.environ.get("CRM_TEST_FULL") and engine()),
    reason="the containers are tried by `./crm test --full` where a Docker engine runs",
)


def compose(file: Path, *arguments: str) -> "subprocess.CompletedProcess[str]":
    clean = {n: v for n, v in os.environ.items() if not n.startswith(("CRM_", "NATS_"))}
    return subprocess.run(
        ["docker", "compose", "--project-name", PROJECT, "--env-file", str(file), *arguments],
        cwd=ROOT,
        # The plain builder too: not every engine has the other one.
        env={"DOCKER_BUILDKIT": "0", **clean},
        capture_output=True,
        text=True,
        check=False,
    )


@pytest.fixture(scope="module")
def settings(tmp_path_factory: pytest.TempPathFactory) -> Path:
    file = tmp_path_factory.mktemp("compose") / ".env"
    mine = f"CRM_PORT_BASE={PORT}\nCRM_NATS_BIND=127.0.0.1:{PORT + 22}\n"
    file.write_text(f"{mine}NOTIFICATIONS_MAILBOX=true\n")
    env.write_missing(file)
    return file


class TestPage:
    def test_has_no_default_for_any_secret(self) -> None:
        found = SECRET.findall(PAGE)
        assert len(found) > 15
        assert {rest for _, rest in found} == {":?run ./crm env"}

    def test_names_only_secrets_that_env_makes(self) -> None:
        assert {name for name, _ in SECRET.findall(PAGE)} <= set(env.complete({}))

    def test_gives_every_service_its_database_and_no_others(self) -> None:
        for service in SERVICES:
            block = PAGE.split(f"x-{service.name}-settings:")[1].split("\n\n")[0]
            others = [other.prefix for other in SERVICES if other is not service]
            assert f"{service.prefix}_DATABASE_PASSWORD" in block
            assert not any(f"{other}_" in block for other in others)

    def test_passes_every_setting_on(self) -> None:
        """An operator who sets one in .env must not be told nothing when it does nothing."""
        whole = PAGE.split("x-shared-settings:")[1].split("\n\n")[0]
        for service in SERVICES:
            block = PAGE.split(f"x-{service.name}-settings:")[1].split("\n\n")[0]
            module = import_module(f"crm_{service.name}.settings")
            for name, field in module.Settings.model_fields.items():
                alias = field.validation_alias
                variable = alias.choices[0] if alias else f"{service.prefix}_{name.upper()}"
                # who it is to the bus, each process says for itself
                if name not in ("nats_user", "nats_password"):
                    assert f"\n  {variable}:" in whole + block

    def test_lets_the_image_run_as_nobody_in_particular(self) -> None:
        dockerfile = (ROOT / "deploy" / "Dockerfile").read_text()
        assert "USER crm" in dockerfile
        assert "--require-hashes" in dockerfile


@needs_compose
class TestConfig:
    def test_says_what_is_missing(self, tmp_path: Path) -> None:
        (tmp_path / ".env").write_text("")
        refused = compose(tmp_path / ".env", "config", "--quiet")
        assert refused.returncode != 0
        assert "run ./crm env" in refused.stderr

    def test_fits_what_env_makes(self, settings: Path) -> None:
        shown = compose(settings, "config", "--format", "json")
        assert shown.returncode == 0, shown.stderr
        services = json.loads(shown.stdout)["services"]
        lasting = {name: each for name, each in services.items() if each["restart"] != "no"}
        assert len(lasting) == 11
        assert all("healthcheck" in each for each in lasting.values())

    def test_shows_people_the_domain_where_there_is_one(self, settings: Path) -> None:
        assert base_urls(settings) == {f"http://127.0.0.1:{PORT}"}
        with_domain = settings.with_name("domain.env")
        with_domain.write_text(f"{settings.read_text()}CRM_DOMAIN=crm.example\n")
        assert base_urls(with_domain) == {"https://crm.example"}


def base_urls(file: Path) -> set[str]:
    shown = compose(file, "config", "--format", "json")
    services = json.loads(shown.stdout)["services"].values()
    settings = [each.get("environment") or {} for each in services]
    return {each["CRM_BASE_URL"] for each in settings if "CRM_BASE_URL" in each}


@pytest.fixture(scope="module")
def containers(settings: Path) -> Iterator[str]:
    up = compose(settings, "up", "--build", "--detach", "--wait")
    try:
        assert up.returncode == 0, up.stderr[-3000:]
        yield f"http://127.0.0.1:{PORT}"
    finally:
        compose(settings, "down", "--volumes")


@pytest.fixture
def api(containers: str, settings: Path) -> Iterator[httpx.Client]:
    token = sign(env.read(settings)["CRM_OPERATOR_KEY"], seconds=600)
    headers = {"Authorization": f"Bearer {token}"}
    with httpx.Client(base_url=containers, headers=headers, timeout=20, trust_env=False) as client:
        yield client


def eventually(look: Any, within: float = 60) -> Any:
    deadline = time.monotonic() + within
    while time.monotonic() < deadline:
        try:
            if seen := look():
                return seen
        except httpx.HTTPError:
            pass
        time.sleep(0.1)
    raise AssertionError("it did not happen in time")


@needs_engine
class TestContainers:
    def test_tell_the_story_through_the_gateway(self, containers: str, settings: Path) -> None:
        key = env.read(settings)["CRM_OPERATOR_KEY"]
        done = subprocess.run(
            [sys.executable, "-P", "-m", "crm_cli", "demo", "--url", containers, "--json"],
            env={**os.environ, "CRM_OPERATOR_KEY": key},
            capture_output=True,
            text=True,
            check=False,
        )
        assert done.returncode == 0, done.stderr
        seen = {each["service"] for each in json.loads(done.stdout)["reactions"]}
        assert seen == {"contacts", "notifications", "reporting"}

    def test_take_a_lead_from_a_web_form_to_a_deal_with_a_call(
        self, containers: str, api: httpx.Client
    ) -> None:
        form = api.post("/v1/leads/forms", json={"name": "Site"}).raise_for_status().json()
        answer = {"first_name": "Олена", "email": "olena@example.com"}
        path = f"{containers}/v1/leads/capture/{form['key']}"
        assert httpx.post(path, json=answer, trust_env=False).status_code == 202
        [lead] = api.get("/v1/leads", params={"source_system[is_null]": "true"}).json()["items"]
        assert httpx.get(f"{containers}/v1/leads", trust_env=False).status_code == 401

        any_revision = {"If-Match": "*"}
        body = {"title": "Вікна", "amount": "5000", "currency": "UAH"}
        own = f"/v1/leads/{lead['id']}"
        api.post(f"{own}/qualify", json={}, headers=any_revision).raise_for_status()
        api.post(f"{own}/convert", json=body, headers=any_revision).raise_for_status()
        asked = {"source_lead_id": lead["id"]}
        [deal] = eventually(lambda: api.get("/v1/deals", params=asked).json()["items"])

        call = {"kind": "call", "deal_id": deal["id"], "due_at": "2027-01-01T10:00:00Z"}
        made = api.post("/v1/activities", json=call).raise_for_status().json()
        done = api.post(f"/v1/activities/{made['id']}/complete", json={}, headers=any_revision)
        assert done.is_success
        board = api.get("/v1/deals/board", params={"pipeline_id": deal["pipeline_id"]}).json()
        assert deal["id"] in json.dumps(board)

    def test_answer_for_what_is_not_there(self, api: httpx.Client) -> None:
        assert api.get("/nothing").json()["code"] == "not-found"
        assert api.get("/-/deals/metrics").status_code == 404
        assert "/v1/deals" in api.get("/openapi.json").json()["paths"]

    def test_do_not_run_as_root(self, containers: str, settings: Path) -> None:
        who = compose(settings, "exec", "-T", "deals-api", "id", "-u")
        assert who.stdout.strip() == "10001"

    @pytest.mark.parametrize("name", ["deals-api", "deals-worker", "nats", "postgres", "caddy"])
    def test_come_back_when_killed(self, api: httpx.Client, settings: Path, name: str) -> None:
        container = compose(settings, "ps", "--quiet", name).stdout.strip()
        shown = ["docker", "inspect", "--format", "{{.State.Pid}}", container]
        pid = subprocess.run(shown, capture_output=True, text=True, check=True).stdout
        os.kill(int(pid), signal.SIGKILL)
        deal = {"title": "Після збою"}
        made = eventually(lambda: api.post("/v1/deals", json=deal).raise_for_status().json())
        assert eventually(lambda: api.get(f"/v1/deals/{made['id']}").is_success)
        eventually(lambda: not api.get("/-/deals/ops/status").json()["outbox"]["pending"])

    def test_say_that_one_service_is_away(self, api: httpx.Client, settings: Path) -> None:
        compose(settings, "stop", "reporting-api")
        away = api.get("/v1/metrics")
        compose(settings, "start", "reporting-api")
        assert (away.status_code, away.json()["code"]) == (503, "unavailable")
        assert away.headers["retry-after"] == "1"
        assert api.get("/v1/deals").is_success
