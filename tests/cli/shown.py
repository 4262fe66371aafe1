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
from crm_cli.state import Running, State
from crm_cli.tokens import sign
from crm_shared.events.jetstream import Link


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
        return httpx.Client(base_url=self.url, headers=bearer, timeout=20, trust_env=False)


def shown_after(crm: Crm, folder: Path, base: int) -> Shown:
    done = crm("demo", "--json")
    assert done.returncode == 0, done.stderr
    pid = json.loads((folder / "running.json").read_text())["pid"]
    # Seen before any test poisons it: tests of other files use the same system.
    left = json.loads(crm("status", "--json").stdout)["services"]
    url = f"http://127.0.0.1:{base}"
    return Shown(crm, url, pid, json.loads(done.stdout), State(folder), left)


def service(pid: int, name: str) -> psutil.Process:
    """Return the process of a service under `up`."""
    for child in psutil.Process(pid).children():
        if f"crm_{name}" in child.cmdline():
            return child
    raise AssertionError(f"{name} does not run")


def eventually(look: Callable[[], Any], within: float = 60) -> Any:
    """Look again and again until there is something to see."""
    deadline = time.monotonic() + within
    while not (seen := look()):
        assert time.monotonic() < deadline, "it did not happen in time"
        time.sleep(0.1)
    return seen
