"""`import`: the rows of a small company's spreadsheet, until the last event is counted."""

import asyncio
import csv
import random
import time
from collections.abc import Iterable, Sequence
from datetime import date, timedelta
from pathlib import Path

from crm_cli.bench.bed import Bed
from crm_cli.bench.figures import Figure, Report, within
from crm_cli.bench.parts import large_import
from crm_cli.bench.whole import Whole
from crm_cli.failure import CliError

DEALS, AT_MOST_S = 8_800, 20
_GIVE_UP_AFTER_S = 300
_PUBLISHERS = ("contacts", "deals", "notifications")
_PRODUCTS = ("GTX Basic", "GTX Pro", "MG Special", "MG Advanced", "GTX Plus Pro", "GTK 500")
_AGENTS = [f"Agent {number}" for number in range(30)]
_ACCOUNTS = [f"Account {number}" for number in range(85)]
_STAGES = ("Won", "Won", "Won", "Won", "Lost", "Lost", "Engaging", "Prospecting")


async def measure(bed: Bed) -> Report:
    """Import into a fresh system that runs as `up` starts it; with --large, a great file more."""
    report = Report("import")
    whole = Whole(bed.machine.state.folder / "import")
    folder = bed.machine.state.folder / "maven"
    _write_files(folder, min(DEALS, bed.wish.deals))
    async with whole.up():
        began = time.monotonic()
        await whole.crm("import", "--preset", "maven-crm", str(folder))
        imported = time.monotonic() - began
        events = await _until_all_counted(whole)
        took = time.monotonic() - began
    name = f"import of {min(DEALS, bed.wish.deals):,} deals, {events:,} events counted"
    report.figures += [
        Figure(f"import alone: {imported:.1f} s"),
        within(name, took, at_most=AT_MOST_S, unit="s"),
    ]
    report.notes.append("made-up files of the shape of maven-crm; users, companies, products too")
    if bed.wish.large:
        await large_import.measure(bed, report)
    return report


async def _until_all_counted(whole: Whole) -> int:
    """Wait until every event that was recorded stands in reporting's ledger."""
    deadline = time.monotonic() + _GIVE_UP_AFTER_S
    while time.monotonic() < deadline:
        recorded = [await whole.count(name, "SELECT count(*) FROM outbox") for name in _PUBLISHERS]
        counted = await whole.count("reporting", "SELECT count(*) FROM ledger")
        if counted >= sum(recorded):
            return counted
        await asyncio.sleep(0.1)
    raise CliError(f"of {sum(recorded):,} events only {counted:,} were counted")


def _write_files(folder: Path, count: int) -> None:
    folder.mkdir()
    chance = random.Random(7)  # noqa: S311 the same file in every run
    teams = [(agent, f"Manager {n % 6}", "Central") for n, agent in enumerate(_AGENTS)]
    _write(folder / "sales_teams.csv", ("sales_agent", "manager", "regional_office"), teams)
    _write(
        folder / "accounts.csv",
        (
            *("account", "sector", "year_established", "revenue", "employees"),
            *("office_location", "subsidiary_of"),
        ),
        [(name, "retail", 1999, "251.41", 495, "Ukraine", "") for name in _ACCOUNTS],
    )
    products = [(name, "GTX", 550) for name in _PRODUCTS]
    _write(folder / "products.csv", ("product", "series", "sales_price"), products)
    _write(
        folder / "sales_pipeline.csv",
        (
            *("opportunity_id", "sales_agent", "product", "account", "deal_stage"),
            *("engage_date", "close_date", "close_value"),
        ),
        (_deal(number, chance) for number in range(count)),
    )


def _deal(number: int, chance: random.Random) -> Sequence[object]:
    stage = chance.choice(_STAGES)
    engaged = date(2016, 10, 20) + timedelta(days=chance.randrange(400))
    closed = engaged + timedelta(days=chance.randrange(1, 140))
    is_closed = stage in ("Won", "Lost")
    return (
        f"OPP{number:05}",
        chance.choice(_AGENTS),
        chance.choice(_PRODUCTS),
        chance.choice(_ACCOUNTS),
        stage,
        "" if stage == "Prospecting" else f"{engaged:%m/%d/%Y}",
        f"{closed:%m/%d/%Y}" if is_closed else "",
        {"Won": chance.randrange(100, 30_000), "Lost": 0}.get(stage, ""),
    )


def _write(path: Path, columns: Sequence[str], rows: Iterable[Sequence[object]]) -> None:
    with path.open("w", newline="") as file:
        writer = csv.writer(file)
        writer.writerow(columns)
        writer.writerows(rows)
