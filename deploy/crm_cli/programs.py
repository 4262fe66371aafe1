"""Runs the services' programs and the quality tools, and keeps what they say."""

import asyncio
import json
import subprocess
import sys
from collections.abc import Sequence
from typing import Any

from crm_cli.failure import CliError
from crm_cli.topology import SERVICES, Service

_TAIL = 2000


async def ask(service: Service, *arguments: str) -> str:
    """Run a service's program and return what it prints; a failure is told with its words."""
    process = await asyncio.create_subprocess_exec(
        *(sys.executable, "-P", "-m", service.program, *arguments),
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.PIPE,
    )
    output, errors = await process.communicate()
    if process.returncode:
        said = (output + errors).decode(errors="replace").strip()[-_TAIL:]
        raise CliError(f"python -m {service.program} {' '.join(arguments)}:\n{said}")
    return output.decode()


async def contracts() -> dict[str, dict[str, Any]]:
    """Return what each service publishes and reads, in its own words."""
    answers = await asyncio.gather(*(ask(s, "contracts", "--json") for s in SERVICES))
    return {s.name: json.loads(answer) for s, answer in zip(SERVICES, answers, strict=True)}


def run(command: Sequence[str], **environment: str) -> int:
    """Run a tool with its output shown, and return its exit code."""
    return subprocess.run(command, check=False).returncode
