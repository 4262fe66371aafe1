"""The command: prepare a system of its own, measure the parts that were asked for, tell."""

import os
import platform
import shutil
import tempfile
from collections.abc import Sequence
from pathlib import Path
from typing import Annotated

import typer
import uvloop

from crm_cli.bench.bed import Bed, Wish
from crm_cli.bench.figures import Report, missed
from crm_cli.bench.machine import Machine
from crm_cli.bench.parts import PARTS
from crm_cli.bench.people import sign_in
from crm_cli.console import AsJson, note, say, show
from crm_cli.failure import CliError

_FEWEST_DEALS = 1_000
_MOST_DEALS = 2_000_000


def bench(
    parts: Annotated[
        list[str] | None, typer.Argument(help=f"Which: {', '.join(PARTS)}; all when none is named.")
    ] = None,
    seconds: Annotated[
        float, typer.Option(min=0.5, max=600, help="How long each row is measured.")
    ] = 6,
    deals: Annotated[
        int, typer.Option(min=_FEWEST_DEALS, max=_MOST_DEALS, help="How many deals there are.")
    ] = 100_000,
    large: Annotated[
        bool, typer.Option("--large", help="The report at 1,000,000 deals too.")
    ] = False,
    runs: Annotated[
        int, typer.Option(min=1, max=10, help="How often to try while others use the machine.")
    ] = 3,
    as_json: AsJson = False,
) -> None:
    """Measure the system beside what this machine could do; touches nothing of yours."""
    chosen = parts or list(PARTS)
    if unknown := [part for part in chosen if part not in PARTS]:
        raise CliError(f"There is no part {unknown[0]!r}. There are: {', '.join(PARTS)}")
    wish = Wish(seconds=seconds, deals=deals, large=large, runs=runs)
    reports = uvloop.run(_run(chosen, wish, quiet=as_json))
    if as_json:
        show({"machine": _machine(), "parts": [report.document() for report in reports]})
    else:
        failed = missed(reports)
        say(f"missed: {', '.join(failed)}" if failed else "every target is met")


async def _run(chosen: Sequence[str], wish: Wish, *, quiet: bool) -> list[Report]:
    folder = Path(tempfile.mkdtemp(prefix="crm-bench-"))
    reports = []
    try:
        machine = Machine(folder)
        try:
            bed = Bed(machine, sign_in(machine.operator_key), wish, note)
            note(f"bench: making the tables and {wish.deals:,} deals")
            await machine.migrate()
            await bed.load()
            if not quiet:
                say(f"{_machine()}; everything shares it: services, PostgreSQL, NATS, load client")
            for part in chosen:
                note(f"bench: {part}")
                reports.append(await PARTS[part](bed))
                if not quiet:
                    say(f"\n{reports[-1].text()}")
        finally:
            machine.stop()
    finally:
        shutil.rmtree(folder, ignore_errors=True)
    return reports


def _machine() -> str:
    return f"{os.cpu_count()} cores, {platform.machine()}, Python {platform.python_version()}"
