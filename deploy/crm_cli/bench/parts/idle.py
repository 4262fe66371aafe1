"""`idle`: what a system that nobody uses takes, and how soon it is there again."""

import asyncio

from crm_cli.bench import procfs
from crm_cli.bench.bed import Bed
from crm_cli.bench.figures import Figure, Report, within
from crm_cli.bench.whole import Whole

READY_WITHIN_S = 6
_WATCHED_S = 10


async def measure(bed: Bed) -> Report:
    """Start a system twice: the second time counts; then watch it doing nothing."""
    report = Report("idle")
    whole = Whole(bed.machine.state.folder / "idle")
    async with whole.up() as first:
        report.figures.append(Figure(f"first up, with databases and tables: {first:.2f} s"))
    async with whole.up() as again:
        report.figures.append(within("up again", again, at_most=READY_WITHIN_S, unit="s"))
        pids = procfs.family(whole.running["pid"])
        before = procfs.cpu_seconds(pids)
        await asyncio.sleep(_WATCHED_S)
        pids = procfs.family(whole.running["pid"])
        cores = (procfs.cpu_seconds(pids) - before) / _WATCHED_S
        report.figures += [
            Figure(f"idle: {cores:.3f} cores in {len(pids)} processes"),
            Figure(f"memory of all processes (PSS): {procfs.pss_mb(pids):,.0f} MB"),
        ]
    return report
