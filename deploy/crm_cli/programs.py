"""Asks the services' programs what they promise."""

import asyncio
import json
import os
import sys
from collections.abc import Mapping
from typing import Any

from crm_cli import env
from crm_cli.failure import CliError
from crm_cli.topology import SERVICES, Service

_TAIL = 2000
# Nothing is connected to: the document is made from the routes alone.
_NOWHERE = "postgresql+asyncpg://nobody@127.0.0.1:9/nothing"
_OPENAPI = "import json, {0}.main as m; print(json.dumps(m.create_app().openapi()))"


async def ask(service: Service, *arguments: str) -> str:
    """Run a service's program and return what it prints; a failure is told with its words."""
    return await _run("-m", service.program, *arguments)


async def contracts() -> dict[str, dict[str, Any]]:
    """Return what each service publishes and reads, in its own words."""
    answers = await asyncio.gather(*(ask(s, "contracts", "--json") for s in SERVICES))
    return {s.name: json.loads(answer) for s, answer in zip(SERVICES, answers, strict=True)}


async def openapi() -> dict[str, dict[str, Any]]:
    """Return each service's OpenAPI document, without starting it."""
    secrets = env.complete({})
    answers = await asyncio.gather(*(_openapi(service, secrets) for service in SERVICES))
    return {s.name: json.loads(answer) for s, answer in zip(SERVICES, answers, strict=True)}


async def _openapi(service: Service, secrets: Mapping[str, str]) -> str:
    own = {f"{service.prefix}_DATABASE_URL": _NOWHERE}
    return await _run("-c", _OPENAPI.format(service.program), environment={**secrets, **own})


async def _run(*arguments: str, environment: Mapping[str, str] | None = None) -> str:
    process = await asyncio.create_subprocess_exec(
        *(sys.executable, "-P", *arguments),
        env={**os.environ, **(environment or {})},
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.PIPE,
    )
    output, errors = await process.communicate()
    if process.returncode:
        said = (output + errors).decode(errors="replace").strip()[-_TAIL:]
        raise CliError(f"python {' '.join(arguments)}:\n{said}")
    return output.decode()
