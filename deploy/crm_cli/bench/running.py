"""One run: a system of its own, the parts that were asked for, and nothing left behind."""

import os
import platform
import shutil
import tempfile
from collections.abc import Sequence
from pathlib import Path

from crm_cli.bench.bed import Bed, Wish
from crm_cli.bench.figures import Report
from crm_cli.bench.machine import Machine
from crm_cli.bench.parts import PARTS
from crm_cli.bench.people import sign_in
from crm_cli.console import note, say


async def measure(chosen: Sequence[str], wish: Wish, *, quiet: bool) -> list[Report]:
    """Measure each part in turn on a fresh system; without `quiet`, tell each as it is known."""
    folder = _folder()
    reports = []
    try:
        machine = Machine(folder)
        try:
            bed = Bed(machine, sign_in(machine.operator_key), wish, note)
            note(f"bench: making the tables and {wish.deals:,} deals")
            await machine.migrate()
            await bed.load()
            if not quiet:
                say(f"{machine_told()}; services, PostgreSQL, NATS and load client share them")
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


def _folder() -> Path:
    folder = Path(tempfile.mkdtemp(prefix="crm-bench-"))
    # a database's account that is not ours must reach it, or its data lies elsewhere and stays
    folder.chmod(0o711)
    return folder


def machine_told() -> str:
    """Return what it ran on."""
    return f"{os.cpu_count()} cores, {platform.machine()}, Python {platform.python_version()}"
