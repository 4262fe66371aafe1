"""Runs the tool on folders and ports of its own, with stand-ins for the services."""

import os
import shutil
import socket
import subprocess
import sys
from collections.abc import Callable, Mapping
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
SERVICES = ("contacts", "deals", "notifications", "reporting")

Crm = Callable[..., "subprocess.CompletedProcess[str]"]


def make_standins(folder: Path) -> Path:
    for service in SERVICES:
        package = folder / f"crm_{service}"
        package.mkdir(parents=True)
        (package / "__init__.py").touch()
        shutil.copy(Path(__file__).with_name("standin.py"), package / "__main__.py")
    return folder


def free_port_base() -> int:
    """Return a port with everything above it free that a system listens on."""
    # workers of one test run look in different places: two must not find the same
    worker = int(os.environ.get("PYTEST_XDIST_WORKER", "gw0").removeprefix("gw"))
    for base in range(21000 + 125 * (worker % 8), 60000, 1000):
        if all(_is_free(base + offset) for offset in (0, 1, 2, 3, 4, 22, 101, 102, 103, 104)):
            return base
    raise RuntimeError("no free ports")


def _is_free(port: int) -> bool:
    with socket.socket() as probe:
        return probe.connect_ex(("127.0.0.1", port)) != 0


def environment(folder: Path, standins: Path, base: int) -> dict[str, str]:
    own = {"CRM_STATE_DIR": str(folder), "CRM_PORT_BASE": str(base), "PYTHONPATH": str(standins)}
    clean = {k: v for k, v in os.environ.items() if not k.startswith(("CRM_", "NATS_"))}
    return {**clean, **own}


def runner(env: Mapping[str, str], *, seconds: float = 120) -> Crm:
    def crm(*arguments: str, **more: str) -> "subprocess.CompletedProcess[str]":
        return subprocess.run(
            [sys.executable, "-P", "-m", "crm_cli", *arguments],
            env={**env, **more},
            capture_output=True,
            text=True,
            timeout=seconds,
            check=False,
            cwd=ROOT,
        )

    return crm
