"""A real company's year as reporting would hear of it: the maven-crm data set's files."""

import csv
import os
from collections.abc import Iterator
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

from crm_reporting.testing import DealStory, company_told, line, named
from crm_shared.clock import local_midnight
from crm_shared.events.envelope import Envelope

BESIDE_THE_CHECKOUT = Path(__file__).parents[1].parent / "shared" / "data" / "maven-crm"
DATA = Path(os.environ.get("CRM_MAVEN_DATA", BESIDE_THE_CHECKOUT))
KYIV = ZoneInfo("Europe/Kyiv")
IMPORTED = datetime(2018, 2, 1, 9, tzinfo=UTC)
STAGES = {"Prospecting": "New", "Engaging": "Qualified", "Won": "Qualified", "Lost": "Qualified"}


def deals() -> Iterator[DealStory]:
    with (DATA / "sales_pipeline.csv").open(newline="") as file:
        yield from map(story, csv.DictReader(file))


def story(row: dict[str, str]) -> DealStory:
    engaged, closed = day(row["engage_date"]), day(row["close_date"])
    amount = row["close_value"] or None
    deal = DealStory(
        row["opportunity_id"],
        at=local_midnight(engaged, KYIV) if engaged else IMPORTED,
        stage=STAGES[row["deal_stage"]],
        dated=engaged is not None,
        owner_id=named(row["sales_agent"]),
        company_id=named(row["account"]) if row["account"] else None,
        amount=amount,
        line_items=[line(row["product"], amount)] if amount else [],
    )
    if closed:
        deal.move(row["deal_stage"], at=local_midnight(closed, KYIV))
    return deal


def day(text: str) -> date | None:
    return datetime.strptime(text, "%m/%d/%Y").date() if text else None  # noqa: DTZ007


def accounts() -> Iterator[Envelope[Any]]:
    """Tell of each client's sector, size and country."""
    with (DATA / "accounts.csv").open(newline="") as file:
        for row in csv.DictReader(file):
            yield company_told(
                row["account"], sector=row["sector"], employees=int(row["employees"]),
                country=row["office_location"],
            )  # fmt: skip
