"""Brings the four databases up to date: in parallel, and only when there is something to do."""

import asyncio
import hashlib
import json
import sys
from collections.abc import Mapping
from pathlib import Path

from crm_cli.failure import CliError
from crm_cli.state import ROOT
from crm_cli.topology import SERVICES, Service

_TAIL = 2000


def fingerprint(service: Service) -> str:
    """Return a digest of the service's migrations: a new one changes it."""
    digest = hashlib.sha256()
    versions = ROOT / "services" / service.name / "migrations" / "versions"
    for path in sorted(versions.glob("*.py")):
        digest.update(path.name.encode() + path.read_bytes())
    return digest.hexdigest()


async def migrate(
    environments: Mapping[str, Mapping[str, str]], noted: Path, *, force: bool = False
) -> list[str]:
    """Run each service's own migrations; return the services that had something to run."""
    done = _read(noted)
    wanted = {service.name: fingerprint(service) for service in SERVICES}
    due = [s for s in SERVICES if force or done.get(s.name) != wanted[s.name]]
    results = await asyncio.gather(*(_migrate(s, environments[s.name]) for s in due))
    if failed := [text for text in results if text]:
        raise CliError("\n".join(failed))
    if due:
        _note(noted, wanted)
    return [service.name for service in due]


def _note(noted: Path, wanted: Mapping[str, str]) -> None:
    noted.write_text(json.dumps(wanted))


def _read(noted: Path) -> dict[str, str]:
    try:
        done: dict[str, str] = json.loads(noted.read_text())
    except (FileNotFoundError, ValueError):
        return {}
    return done


async def _migrate(service: Service, environment: Mapping[str, str]) -> str | None:
    process = await asyncio.create_subprocess_exec(
        *(sys.executable, "-P", "-m", service.program, "migrate"),
        env=environment,
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.STDOUT,
    )
    output, _ = await process.communicate()
    if process.returncode == 0:
        return None
    tail = output.decode(errors="replace").strip()[-_TAIL:]
    return f"{service.name} could not migrate its database:\n{tail}"
