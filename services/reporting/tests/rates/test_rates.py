"""G4: rates by date are entered and announced; figures of the past follow them."""

from datetime import date, timedelta
from decimal import Decimal
from typing import Any
from urllib.parse import quote

import httpx
from sqlalchemy.ext.asyncio import AsyncSession

from crm_reporting.customers.queries import changed_figures
from crm_reporting.events.derived import (
    RateCreated,
    RateDeleted,
    RateUpdated,
)
from crm_reporting.rates.queries import Rates
from crm_reporting.rebuilds.use_cases import Basis
from crm_reporting.settings import Settings
from crm_reporting.testing import (
    DealStory,
    SubjectStory,
    Tell,
    day,
    get_metric,
    lost,
    named,
    won,
)
from crm_shared.actor import Role
from crm_shared.testing.events import recorded
from crm_shared.testing.plugin import ClientAs

SOLD = "sales_volume?from=2026-03-01&to=2026-04-01"


def euros(day: str, rate: str, **more: Any) -> dict[str, Any]:
    return {"currency": "EUR", "day": day, "rate": rate, **more}


class TestG4Rates:
    async def test_restate_what_was_sold_by_the_rate_of_its_day(
        self, client: httpx.AsyncClient, client_as: ClientAs, session: AsyncSession, tell: Tell
    ) -> None:
        await tell(won("1", on="03-05", amount="10", currency="EUR"),
                   won("2", on="03-20", amount="10", currency="EUR"))  # fmt: skip
        without = await get_metric(client, SOLD)

        body = {"rates": [euros("2026-03-01", "40"), euros("2026-03-15", "50")]}
        entered = await client.put("/v1/rates", json=body)
        again = await client.put("/v1/rates", json=body)
        converted = await get_metric(client, SOLD)
        corrected = {"rates": [euros("2026-03-15", "45"), euros("2026-03-01", "40")]}
        changed = await client.put("/v1/rates", json=corrected)

        assert entered.json() == {"created": 2, "updated": 0, "unchanged": 0}, entered.text
        assert again.json() == {"created": 0, "updated": 0, "unchanged": 2}
        assert changed.json() == {"created": 0, "updated": 1, "unchanged": 1}
        assert [one["currency"] for one in without["unconverted"]] == ["EUR"]
        assert (converted["value"], converted["unconverted"]) == ("900.00", [])
        assert (await get_metric(client, SOLD))["value"] == "850.00"
        [newest, older] = (await client.get("/v1/rates?currency=EUR")).json()["items"]
        assert (newest["day"], newest["rate"], newest["quote"]) == ("2026-03-15", "45", "UAH")
        path = f"/v1/rates/{newest['id']}"
        gone = await client.delete(path, headers={"If-Match": f'"{newest["revision"]}"'})
        assert gone.status_code == 204, gone.text
        assert (await get_metric(client, SOLD))["value"] == "800.00"
        events = [await recorded(session, kind) for kind in (RateCreated, RateUpdated, RateDeleted)]
        assert [len(some) for some in events] == [2, 1, 1]
        assert events[1][0].data.previous == {"rate": "50.000000000000"}
        assert [one.revision for one in (*events[1], *events[2])] == [2, 3]
        seller = client_as(Role.SELLER)
        assert (await seller.get("/v1/rates")).status_code == 200
        assert (await seller.put("/v1/rates", json=body)).status_code == 403
        assert older["rate"] == "40"
        # as_of: the rates told by then, those corrected and taken back since too
        await tell(*(envelope for kind in events for envelope in kind))
        told = [max(one.recordedtime for one in kind) for kind in events]
        moments = [told[0] - timedelta(seconds=5), *told]
        for known, value in zip(moments, ("0.00", "900.00", "850.00", "800.00"), strict=True):
            then = quote(known.isoformat())
            assert (await get_metric(client, f"{SOLD}&as_of={then}"))["value"] == value

    def test_told_one_way_are_read_the_other_way_too(self) -> None:
        """A pair told both ways keeps what was told; before its first day there is none."""
        first, later = date(2026, 3, 1), date(2026, 3, 15)
        rows = [("EUR", "UAH", first, Decimal(50)), ("EUR", "USD", first, Decimal(2)),
                ("USD", "EUR", later, Decimal("0.4"))]  # fmt: skip
        into = Rates("EUR", rows)
        assert into.convert("UAH", later) == Decimal("0.02")
        assert into.convert("USD", later) == Decimal("0.4")
        assert [into.convert(code, first - timedelta(days=1)) for code in ("UAH", "PLN")] == [
            None, None,
        ]  # fmt: skip
        assert Rates("UAH", rows).convert("EUR", first) == Decimal(50)

    async def test_told_one_way_are_read_so_by_sums_made_in_the_database_too(
        self, client: httpx.AsyncClient, tell: Tell, worker: AsyncSession, crm_settings: Settings
    ) -> None:
        """D9, I9, K29, K31: what hryvnias cost in euros says what euros cost in hryvnias."""
        turned = {"currency": "UAH", "quote": "EUR", "day": "2026-03-01", "rate": "0.025"}
        assert (await client.put("/v1/rates", json={"rates": [turned]})).status_code == 200
        euros_of = {"currency": "EUR", "company_id": named("Silpo"), "channel": "web"}
        sold = won("1", on="03-05", amount="10.0000", **euros_of)
        due = DealStory("due", at=day("02-20"), amount="10.0000", currency="EUR",
                        expected_close_date="2026-03-20")  # fmt: skip
        lead = SubjectStory("lead", "1", at=day("03-02"), labels={"campaign": "spring"})
        promise = SubjectStory("activity", "1", at=day("03-02"), is_promise=True,
                               company_id=named("Novus"), due_at=day("03-06"))  # fmt: skip
        await tell(
            sold, due, lead.say("converted", status="converted", deal_id=sold.id),
            promise.say("missed", status="missed", missed_at=day("03-07")),
            lost("2", on="03-08", amount="10.0000", currency="EUR", company_id=named("Novus")),
        )  # fmt: skip
        march = "from=2026-03-01&to=2026-04-01"
        for name in ("sales_volume", "income_per_customer"):
            assert (await get_metric(client, f"{name}?{march}"))["value"] == "400.00", name
        best = await get_metric(client, f"forecast_error?{march}&variant=best")
        assert best["details"]["expected_amount"] == "400.00"
        assert (await get_metric(client, f"promise_losses?{march}"))["coverage"] == "1.0000"
        report = (await client.get(f"/v1/reports/campaign_chain?{march}")).json()
        assert report["tables"][0]["rows"][0]["values"]["won_amount"] == "400.00"
        basis = Basis(crm_settings.zone, "UAH")
        figures = [row async for page in changed_figures(worker, basis, 9) for row in page]
        assert [one.purchase_sum for one in figures if one.purchases] == [400]

    async def test_that_break_a_rule_are_named_and_none_is_taken(
        self, client: httpx.AsyncClient
    ) -> None:
        first = euros("2026-03-01", "40")
        wrong = [euros("2026-03-02", "0"), euros("2026-03-03", "1", quote="EUR"), first]

        answer = await client.put("/v1/rates", json={"rates": [first, *wrong]})

        faults = [(one["pointer"], one["code"]) for one in answer.json()["errors"]]
        assert (answer.status_code, faults) == (
            422,
            [
                ("/rates/1/rate", "not-positive"),
                ("/rates/2/quote", "same-currency"),
                ("/rates/3/day", "twice"),
            ],
        )
        assert (await client.get("/v1/rates")).json()["items"] == []
