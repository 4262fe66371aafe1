"""A real company's year: figures recomputed from its files, through projector and HTTP."""

import csv
import os
from collections.abc import Iterator
from datetime import UTC, date, datetime
from decimal import Decimal
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import httpx
import pytest

from crm_reporting.testing import DealStory, Tell, line, named
from crm_shared.clock import local_midnight
from crm_shared.db.engine import Sessions
from crm_shared.events.refs import RefItem
from crm_shared.events.refs import keep as keep_refs

BESIDE_THE_CHECKOUT = Path(__file__).parents[3].parent / "shared" / "data" / "maven-crm"
DATA = Path(os.environ.get("CRM_MAVEN_DATA", BESIDE_THE_CHECKOUT))
KYIV = ZoneInfo("Europe/Kyiv")
YEAR = "from=2017-01-01&to=2018-01-01"
IMPORTED = datetime(2018, 2, 1, 9, tzinfo=UTC)
STAGES = {"Prospecting": "New", "Engaging": "Qualified", "Won": "Qualified", "Lost": "Qualified"}

pytestmark = pytest.mark.skipif(
    not DATA.exists(), reason="the maven-crm data set is not there; name it in CRM_MAVEN_DATA"
)


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


async def get(client: httpx.AsyncClient, path: str) -> dict[str, Any]:
    answer = await client.get(path)
    assert answer.status_code == 200, answer.text
    body: dict[str, Any] = answer.json()
    return body


class TestMaven:
    async def test_tells_the_figures_of_the_files(
        self, client: httpx.AsyncClient, tell: Tell, sessions: Sessions
    ) -> None:
        await tell(*deals())
        async with sessions.begin() as session:
            name = {"name": "Darcel Schlecht"}
            best = RefItem(id=named("Darcel Schlecht"), revision=1, data=name)
            await keep_refs(session, "user", [best])

        volume = await get(client, f"/v1/metrics/sales_volume?{YEAR}&by=owner")
        won = await get(client, f"/v1/metrics/won_deals?{YEAR}&interval=month")
        rate = await get(client, f"/v1/metrics/win_rate?{YEAR}&by=owner")
        average = await get(client, f"/v1/metrics/average_deal_sum?{YEAR}")
        length = await get(client, f"/v1/metrics/deal_length?{YEAR}")
        standing = await get(client, "/v1/metrics/open_deals?to=2018-03-01&by=stage")

        assert Decimal(volume["value"]) == 10_005_534
        assert (won["value"], won["details"]["lost"]) == ("4238", 2473)
        assert rate["value"] == "63.15"
        assert Decimal(average["value"]) == (Decimal(10_005_534) / 4238).quantize(Decimal("0.01"))
        assert length["value"] == "51.78"
        months = {bucket["start"][:7]: bucket["value"] for bucket in won["series"]}
        assert (months["2017-03"], months["2017-12"]) == ("531", "511")
        top = volume["breakdown"][0]
        assert (top["label"], top["value"], top["n"]) == ("Darcel Schlecht", "1153214.00", 349)
        of_best = next(one for one in rate["breakdown"] if one["key"] == top["key"])
        assert (of_best["numerator"], of_best["denominator"]) == ("349", "553")
        assert sum(Decimal(one["share"]) for one in volume["breakdown"]) == 100
        assert standing["value"] == "2089"
        assert sorted(one["n"] for one in standing["breakdown"]) == [500, 1589]
