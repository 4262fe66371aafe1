"""G4: money of which no amount or no rate is known is told as unknown, and never as nought."""

from decimal import Decimal
from typing import Any

import httpx
import pytest

from crm_reporting.metrics.rules.motivation import Earned, Terms, earned_by, together
from crm_reporting.metrics.rules.numbers import Figure, Reason
from crm_reporting.testing import (
    DealStory,
    SubjectStory,
    Tell,
    day,
    get_metric,
    line,
    lost,
    named,
    pipeline_created,
    won,
)

MARCH = "from=2026-03-01&to=2026-04-01"
SELLER = {"role": "seller", "user_id": str(named("Olena")), "team_id": str(named("Kyiv")),
          "fte": "1", "pay": "100", "currency": "UAH", "starts_on": "2026-02-01"}  # fmt: skip
SERVES = {**SELLER, "role": "service", "user_id": str(named("Petro"))}
ENTERED: dict[str, dict[str, Any]] = {
    "workforce": SELLER,
    "pay-rules": {"metric": "sales_volume", "starts_on": "2026-01-01", "role": "seller",
                  "rate": "2"},
    "costs": {"category": "ads", "channel": "web", "purpose": "acquisition", "amount": "1000",
              "currency": "UAH", "starts_on": "2026-03-01", "ends_on": "2026-03-31"},
}  # fmt: skip
OF_SALES = (
    "sales_volume", "gross_profit", "sales_profitability", "seller_contribution",
    "sales_per_employee", "payroll_return", "return_on_advertising", "return_on_marketing",
    "income_per_customer", "profit_per_client&variant=gross", "profit_per_client&variant=net",
    "motivation_base", "forecast_error", "forecast",
)  # fmt: skip
TEN = Decimal(10)
FLOWS = ("created", "won", "lost", "open")
CHAIRS = [line("Chair", "100.0000") | {"unit_cost": "50"}]
WITHOUT = {"amount": None}
IN_DOLLARS = {"amount": "100.0000", "currency": "USD", "line_items": CHAIRS}


def _of(name: str) -> str:
    metric, _, variant = name.partition("&")
    return f"{metric}?{MARCH}" + (f"&{variant}" if variant else "")


class TestUnknownMoney:
    """G4, K1, K10, K31, K34, K34b, K45, K70."""

    @pytest.mark.parametrize("sold", [WITHOUT, IN_DOLLARS])
    async def test_of_sales_is_no_nought(
        self, client: httpx.AsyncClient, tell: Tell, rate: Any, sold: dict[str, Any]
    ) -> None:
        for path, body in ENTERED.items():
            assert (await client.post(f"/v1/{path}", json=body)).status_code == 201
        assert (await client.post("/v1/workforce", json=SERVES)).status_code == 201
        one = {**sold, "company_id": named("Silpo"), "channel": "web"}
        await tell(won("a", on="03-05", **one), won("b", on="03-06", **one))

        told = {name: await get_metric(client, _of(name)) for name in OF_SALES}
        assert {name: body["value"] for name, body in told.items()} == dict.fromkeys(told)
        assert {body["reason"] for body in told.values()} == {"no_data", "no_denominator"}
        cut = await get_metric(client, f"seller_contribution?{MARCH}&by=owner")
        assert [one["value"] for one in cut["breakdown"]] == [None]

        if sold is IN_DOLLARS:
            missing = [{"currency": "USD", "n": 2, "amount": "100.00"}]
            assert told["gross_profit"]["unconverted"] == missing
            await rate("USD", "UAH", "2026-03-01", "40")
            assert (await get_metric(client, f"gross_profit?{MARCH}"))["value"] == "4000.00"
            assert (await get_metric(client, f"motivation_base?{MARCH}"))["value"] == "160.00"

    async def test_of_bills_payments_and_losses_is_no_nought(
        self, client: httpx.AsyncClient, tell: Tell
    ) -> None:
        bill = {"issue_date": "2026-03-04", "net": "30.0000", "total": "30.0000",
                "due": "30.0000", "currency": "USD"}  # fmt: skip
        paid = {"paid_on": "2026-03-04", "amount": "30.0000", "currency": "USD"}
        names = ("invoiced", "payments", "receivables", "net_revenue&variant=paid")
        nought = {(await get_metric(client, _of(name)))["value"] for name in names}
        assert nought == {"0.00"}
        await tell(
            SubjectStory("invoice", "bill", "issued", at=day("03-04"), **bill),
            SubjectStory("payment", "paid", "received", at=day("03-04"), **paid),
        )
        told = [await get_metric(client, _of(name)) for name in names]
        assert {(one["value"], one["reason"]) for one in told} == {(None, "no_data")}
        assert all(one["unconverted"][0]["currency"] == "USD" for one in told)

    async def test_of_costs_is_no_nought(self, client: httpx.AsyncClient, tell: Tell) -> None:
        await client.post("/v1/costs", json={**ENTERED["costs"], "currency": "USD"})
        await tell(
            SubjectStory("lead", "a", at=day("03-01")),
            won("a", on="03-05", amount="10.0000", company_id=named("Silpo")),
            lost("b", on="03-06", amount=None),
        )
        reasons = await get_metric(client, f"loss_reasons?{MARCH}")
        assert (reasons["value"], reasons["details"]) == ("1", {"amount": None})
        for name in ("marketing_costs", "cost_per_client", "cost_per_lead"):
            told = await get_metric(client, f"{name}?{MARCH}")
            assert (told["value"], told["unconverted"][0]["currency"]) == (None, "USD"), name

    def test_of_pay_is_told_with_what_is_known_of_it(self) -> None:
        terms = Terms(TEN, is_percent=True, threshold=None, steps=[])
        unknown = Figure(None, 2, reason=Reason.NO_DATA)
        assert earned_by(terms, unknown, None) is None
        assert earned_by(None, Figure(TEN, 1), None) is None
        # who sold nothing earns nothing, whatever the rate
        assert earned_by(terms, Figure(None, 0), None) == 0
        assert earned_by(None, Figure(Decimal(0), 0), None) == 0
        who, team = named("Olena"), named("Kyiv")
        of = [Earned(who, team, amount, has_plan=True) for amount in (TEN, None)]
        whole = together(of, 1)
        assert [whole.value, whole.coverage] == [TEN, TEN / 20]
        assert together(of[1:], 1).reason is Reason.NO_DATA

    @pytest.mark.parametrize("sold", [WITHOUT, IN_DOLLARS])
    async def test_of_the_pipeline_is_no_nought(
        self, client: httpx.AsyncClient, tell: Tell, rate: Any, sold: dict[str, Any]
    ) -> None:
        """K3, K4: what was created, won, lost, and what stands open, as a whole and by stage."""
        path = f"/v1/reports/pipeline?{MARCH}"
        empty = (await client.get(path)).json()
        assert [empty[one]["amount"] for one in FLOWS] == ["0.00"] * 4
        await tell(
            pipeline_created(), won("a", on="03-05", **sold), lost("b", on="03-06", **sold),
            DealStory("c", at=day("03-07"), **sold),
        )  # fmt: skip

        report = (await client.get(path)).json()
        told = [(report[one]["n"], report[one]["amount"]) for one in FLOWS]
        assert told == [(3, None), (1, None), (1, None), (1, None)]
        assert {report[one]["amount_reason"] for one in FLOWS} == {"no_data"}
        stage, empty_stage = report["stages"][:2]
        assert (stage["n"], stage["amount"], stage["weighted_amount"]) == (1, None, None)
        assert (empty_stage["amount"], empty_stage["amount_reason"]) == ("0.00", None)
        assert report["weighted_amount"] is None
        assert bool(report["unconverted"]) is (sold is IN_DOLLARS)
        details = (await get_metric(client, f"open_deals?{MARCH}"))["details"]
        assert (details["amount"], details["weighted_amount"]) == (None, None)

        if sold is IN_DOLLARS:
            await rate("USD", "UAH", "2026-03-01", "40")
            report = (await client.get(path)).json()
            assert [report[one]["amount"] for one in FLOWS] == ["12000.00"] + ["4000.00"] * 3

    @pytest.mark.parametrize("metric", ["seller_contribution", "gross_profit"])
    async def test_of_shares_of_others_sales_is_no_nought(
        self, client: httpx.AsyncClient, tell: Tell, rate: Any, metric: str
    ) -> None:
        """G12: who has only a share of a sale whose money no rate converts."""
        olena, petro = named("Olena"), named("Petro")
        shares = [{"user_id": str(olena), "share": 60}, {"user_id": str(petro), "share": 40}]
        rule = {**ENTERED["pay-rules"], "metric": "seller_contribution"}
        for body in (SELLER, {**SERVES, "role": "seller"}):
            assert (await client.post("/v1/workforce", json=body)).status_code == 201
        assert (await client.post("/v1/pay-rules", json=rule)).status_code == 201
        await tell(won("a", on="03-05", owner_id=olena, credits=shares, **IN_DOLLARS))

        path = f"{metric}?{MARCH}&by=owner"
        told = await get_metric(client, path)
        assert {one["key"]: (one["value"], one["reason"]) for one in told["breakdown"]} == {
            str(olena): (None, "no_data"), str(petro): (None, "no_data"),
        }  # fmt: skip
        pay = await get_metric(client, f"motivation_base?{MARCH}&by=owner")
        assert {one["value"] for one in pay["breakdown"]} == {None}

        await rate("USD", "UAH", "2026-03-01", "40")
        parts = {one["key"]: one["value"] for one in (await get_metric(client, path))["breakdown"]}
        whole = 4000 if metric == "seller_contribution" else 2000
        assert parts == {str(olena): f"{whole * 0.6:.2f}", str(petro): f"{whole * 0.4:.2f}"}

    @pytest.mark.parametrize("sold", [WITHOUT, IN_DOLLARS])
    async def test_of_sales_to_somebody_known_is_no_nought_beside_a_nameless_one(
        self, client: httpx.AsyncClient, tell: Tell, sold: dict[str, Any]
    ) -> None:
        """K31: what is known of a sale to nobody says nothing of the others."""
        one = {**sold, "company_id": named("Silpo")}
        await tell(
            won("a", on="03-05", **one), won("b", on="03-06", **one),
            won("c", on="03-07", amount="50.0000"),
        )  # fmt: skip
        income = await get_metric(client, f"income_per_customer?{MARCH}")
        assert (income["value"], income["reason"]) == (None, "no_data")
        again = await get_metric(client, f"repeat_sales?{MARCH}")
        assert (again["value"], again["details"]) == ("1", {"amount": None})
        free = {"amount": "0.0000", "company_id": named("Metro")}
        await tell(won("d", on="03-05", **free), won("e", on="03-06", **free))
        income = await get_metric(client, f"income_per_customer?{MARCH}")
        again = await get_metric(client, f"repeat_sales?{MARCH}")
        assert (income["value"], again["details"]) == ("0.00", {"amount": "0.00"})


async def test_what_became_of_letters_is_no_nought_where_no_channel_tells_it(
    client: httpx.AsyncClient, tell: Tell
) -> None:
    """K61: of letters of which none was told as delivered or as lost nothing is known."""
    sent = [SubjectStory("message", name, "sent", at=day("03-05")) for name in ("a", "b", "c")]
    await tell(*sent)
    names = ("message_rates&variant=delivered", "message_losses&variant=bounced")
    told = [await get_metric(client, _of(name)) for name in names]
    assert [(one["value"], one["reason"], one["n"]) for one in told] == [(None, "no_data", 3)] * 2

    await tell(sent[0].say("bounced", days=1))
    told = [await get_metric(client, _of(name)) for name in names]
    assert [one["value"] for one in told] == ["0.00", "33.33"]
