"""`test`: everything CI runs on one Python."""

import os
import subprocess
import sys
import time
from collections.abc import Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path
from typing import Annotated

import typer

from crm_cli.console import AsJson, say, show, table
from crm_cli.failure import CliError
from crm_cli.state import ROOT
from crm_cli.topology import SERVICES

# Tests that take long, or need an engine for containers, look for it.
FULL = "CRM_TEST_FULL"
TESTS = "tests"
_PYTHON = sys.executable
# A file stays with one worker: what its tests share is made once. The longest come first.
_SPREAD = ("-n", "3", "--dist", "loadfile", "--no-loadscope-reorder")
_PACKAGES = ("shared", *(f"services/{service.name}" for service in SERVICES), "deploy", "tests")


@dataclass(frozen=True, slots=True)
class Check:
    """One step: its name, the program beside this Python that does it, and its settings."""

    name: str
    command: Sequence[str]
    settings: Mapping[str, str] = field(default_factory=dict)


def checks(*, full: bool, only: Sequence[str] = ()) -> list[Check]:
    """Return the steps in order: what fails soonest comes first."""
    found = [
        Check("format", ["ruff", "format", "--check", "."]),
        Check("lint", ["ruff", "check", "."]),
        *(Check(f"types {package}", ["mypy", package]) for package in _PACKAGES),
        Check("rooms", ["lint-imports", "--no-cache"]),
        Check("contracts", ["python", "-P", "-m", "crm_cli", "contracts", "--check"]),
        Check(
            TESTS,
            ["python", "-m", "pytest", *_SPREAD, "-q"],
            {FULL: "1"} if full else {},
        ),
    ]
    return [check for check in found if not only or check.name.split()[0] in only]


def check_all(
    full: Annotated[bool, typer.Option("--full", help="The long ones too.")] = False,
    only: Annotated[
        list[str] | None, typer.Option("--only", help="format, lint, types, rooms … (repeatable)")
    ] = None,
    as_json: AsJson = False,
) -> None:
    """Check format, lint, types, rooms and contracts, and run the tests: exactly what CI runs."""
    began = time.monotonic()
    found = checks(full=full, only=only or ())
    with ThreadPoolExecutor() as pool:
        done = pool.map(partial(_in_turn, quiet=as_json), _lanes(found, full=full))
        rows = [row for lane in done for row in lane]
    if full:
        rows += _in_turn([check for check in found if check.name == TESTS], quiet=as_json)
    if as_json:
        show([{"step": name, "result": result, "seconds": took} for name, result, took in rows])
    else:
        say(table([(name, result, f"{took:6.1f} s") for name, result, took in rows]))
        say(f"in all {time.monotonic() - began:.0f} s")
    if any(result != "ok" for _, result, _ in rows):
        raise CliError("Not everything is well.")


def _lanes(found: Sequence[Check], *, full: bool) -> list[list[Check]]:
    """Return what may run side by side: types share a cache and go one after the other.

    The tests begin beside the types, but the long ones hold bounds of time and want to be alone.
    """
    types = [check for check in found if check.name.startswith("types")]
    others = [check for check in found if check not in types]
    return [types, [check for check in others if not (full and check.name == TESTS)]]


def _in_turn(lane: Sequence[Check], *, quiet: bool) -> list[tuple[str, str, float]]:
    return [_done(check, quiet=quiet) for check in lane]


def _done(check: Check, *, quiet: bool) -> tuple[str, str, float]:
    began = time.monotonic()
    code = _run(check, quiet=quiet)
    row = (check.name, "ok" if code == 0 else "FAILED", time.monotonic() - began)
    if not quiet:
        say(f"crm test: {row[0]}: {row[1]} in {row[2]:.1f} s")
    return row


def _run(check: Check, *, quiet: bool) -> int:
    # JSON alone belongs on standard output.
    output = sys.stderr if quiet else None
    program, *arguments = check.command
    command = [str(Path(_PYTHON).with_name(program)), *arguments]
    environment = {**os.environ, **check.settings}
    done = subprocess.run(command, check=False, cwd=ROOT, stdout=output, env=environment)
    return done.returncode
