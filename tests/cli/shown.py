"""The real services after `./crm demo`, and the means to poison and to hold them."""

import json
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import httpx
import psutil
from cli.harness import Crm

from crm_cli import env
from crm_cli.demo.company import STAGES
from crm_cli.state import Running, State
from crm_cli.tokens import sign
from crm_shared.events.consumer import MAX_DELIVERIES
from crm_shared.events.jetstream import Bus, Link, Publisher
from crm_shared.ids import new_id
from crm_shared.testing.servers import NO_TLS

MOVED = "crm.deals.deal.stage_changed.v1"
READER = "contacts-task-rules"


@dataclass(frozen=True, slots=True)
class Shown:
    """A system after its demo, what the demo told, and the services' state it left."""

    crm: Crm
    url: str
    pid: int
    told: dict[str, Any]
    state: State
    left: dict[str, Any]

    def link(self, user: str) -> Link:
        """Return how a user of the system's own broker gets in."""
        name = f"NATS_{user.upper().replace('-', '_')}_PASSWORD"
        password = env.read(self.state.settings_file)[name]
        return Link(self.running.nats_url, "tests", user=user, password=password)

    @property
    def running(self) -> Running:
        found = self.state.running()
        assert found is not None
        return found

    def client(self) -> httpx.Client:
        """Return the operator at the origin."""
        key = env.read(self.state.settings_file)["CRM_OPERATOR_KEY"]
        bearer = {"Authorization": f"Bearer {sign(key, seconds=600)}"}
        return httpx.Client(
            base_url=self.url, headers=bearer, timeout=20, trust_env=False, verify=NO_TLS
        )


def shown_after(crm: Crm, folder: Path, base: int) -> Shown:
    done = crm("demo", "--json")
    assert done.returncode == 0, done.stderr
    pid = json.loads((folder / "running.json").read_text())["pid"]
    # Seen before any test poisons it.
    left = json.loads(crm("status", "--json").stdout)["services"]
    url = f"http://127.0.0.1:{base}"
    return Shown(crm, url, pid, json.loads(done.stdout), State(folder), left)


def service(pid: int, name: str) -> psutil.Process:
    """Return the process of a service under `up`."""
    for child in psutil.Process(pid).children(recursive=True):
        # the kernel keeps fifteen letters of a name
        if child.name() == f"crm-{name}"[:15]:
            return child
    raise AssertionError(f"{name} does not run")


def eventually(look: Callable[[], Any], within: float = 60) -> Any:
    """Look again and again until there is something to see."""
    deadline = time.monotonic() + within
    while not (seen := look()):
        assert time.monotonic() < deadline, "it did not happen in time"
        time.sleep(0.1)
    return seen


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


def report_letter(api: httpx.Client, reader: str) -> dict[str, Any] | None:
    """Return the letter to somebody in which a report is linked."""
    letters = api.get("/v1/channels/mailbox/messages").json()["items"]
    mine = (one for one in letters if one["to_address"] == reader)
    return next((one for one in mine if "/reports/sent/" in one["text"]), None)


def seconds_until_ready(url: str) -> float:
    began = time.monotonic()
    while time.monotonic() - began < 60:
        try:
            if httpx.get(url, trust_env=False, verify=NO_TLS).is_success:
                break
        except httpx.HTTPError:
            pass
        time.sleep(0.02)
    return time.monotonic() - began


def is_ready(shown: Shown, service: str) -> bool:
    with shown.client() as client:
        return client.get(f"/-/{service}/health/ready").is_success
