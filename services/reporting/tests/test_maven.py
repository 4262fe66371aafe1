"""A real company's year: figures recomputed from its files, through projector and HTTP."""

from datetime import date
from decimal import Decimal
from typing import Any

import httpx
import pytest
from maven import DATA, accounts, deals
from recount import Oracle, World
from recount_all import disagreeing, near
from recount_clients import Clients

from crm_reporting.testing import Tell, events_of, named, pipeline_created
from crm_shared.db.engine import Sessions
from crm_shared.events.refs import RefItem
from crm_shared.events.refs import keep as keep_refs

YEAR = "from=2017-01-01&to=2018-01-01"

pytestmark = pytest.mark.skipif(
    not DATA.exists(), reason="the maven-crm data set is not there; name it in CRM_MAVEN_DATA"
)


async def get(client: httpx.AsyncClient, path: str) -> dict[str, Any]:
    answer = await client.get(path)
    assert answer.status_code == 200, answer.text
    body: dict[str, Any] = answer.json()
    return body


class TestMaven:
    async def test_tells_the_figures_of_the_files(
        self, client: httpx.AsyncClient, tell: Tell, sessions: Sessions
    ) -> None:
        told = [pipeline_created(), *accounts(), *events_of(deals())]
        await tell(*told)
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

        world = World(told)
        year, quarter = (
            Oracle(world, start, end)
            for start, end in (
                (date(2017, 1, 1), date(2018, 1, 1)),
                (date(2017, 4, 1), date(2017, 7, 1)),
            )
        )
        assert [await disagreeing(client, days) for days in (year, quarter)] == [[], []]

        clients = Clients(year)
        pareto = await get(client, f"/v1/metrics/pareto?{YEAR}")
        marks = await get(client, f"/v1/metrics/portrait?{YEAR}&variant=revenue&by=kind")
        lifts = {one["key"]: Decimal(one["value"]) for one in marks["breakdown"]}
        attributes = {str(one.subject): one.data.as_dict()["company"] for one in accounts()}
        expected = clients.lifts(attributes, profit=False)
        plain = {key for key in lifts if key.startswith(("sector=", "country="))}
        assert near(Decimal(pareto["details"]["top_fifth_percent"]), clients.top_fifth())
        assert plain == set(expected)
        assert all(near(lifts[key], expected[key]) for key in plain)
        assert len(plain) > 1
