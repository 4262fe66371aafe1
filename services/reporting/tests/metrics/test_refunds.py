"""Sales that were paid back in full, worked out by hand: no purchase, and a reversal in books."""

from typing import Any

import httpx

from crm_reporting.testing import SubjectStory, Tell, day, named, won
from crm_reporting.testing import get_metric as get
from crm_shared.clock import utc_now

MARCH = "from=2026-03-01&to=2026-04-01"
APRIL = "from=2026-04-01&to=2026-05-01"
SILPO = named("Silpo")


def moved(name: str, kind: str, on: str, **told: Any) -> SubjectStory:
    """Money that came for a deal, or went back."""
    return SubjectStory(
        "payment", name, "received", at=day(on), kind=kind, paid_on=f"2026-{on}",
        **{"amount": "100.0000", "deal_id": named("a"), **told},
    )  # fmt: skip


async def values(client: httpx.AsyncClient, question: str) -> list[str | None]:
    """What March and April tell, as known now and as a ledger books it."""
    return [
        (await get(client, f"{question}?{period}&outcome={outcome}"))["value"]
        for outcome in ("restate", "ledger")
        for period in (MARCH, APRIL)
    ]


class TestAverageDeal:
    """K2, G15: refunded in full is no sale; a ledger takes it off on the day of the refund."""

    async def test_leaves_out_what_went_back(self, client: httpx.AsyncClient, tell: Tell) -> None:
        sold = [won("a", on="03-05"), won("b", on="03-10", amount="300.0000")]
        sold += [won("c", on="04-03", amount="500.0000"), won("d", on="04-04", amount="800.0000")]
        await tell(*sold, moved("in", "payment", "03-06"))
        assert await values(client, "average_deal_sum") == ["200.00", "650.00"] * 2

        # a part of it changes nothing; the rest makes it no sale, and what came in April is there
        await tell(moved("part", "refund", "03-20", amount="40.0000"))
        assert await values(client, "average_deal_sum") == ["200.00", "650.00"] * 2
        await tell(moved("rest", "refund", "04-02", amount="60.0000"))
        # (500 + 800 - 100) / (2 - 1) in April's books
        assert await values(client, "average_deal_sum") == ["300.00", "650.00", "200.00", "1200.00"]
        median = (await get(client, f"average_deal_sum?{MARCH}"))["details"]["median_amount"]
        assert median == "300.00"

        # still won; what went back lowers the revenue once, on its day
        assert await values(client, "won_deals") == ["2", "2"] * 2
        assert await values(client, "sales_volume") == ["400.00", "1300.00"] * 2
        assert await values(client, "net_revenue") == ["360.00", "1240.00"] * 2

    async def test_is_a_sale_again_when_it_is_paid_anew(
        self, client: httpx.AsyncClient, tell: Tell
    ) -> None:
        await tell(
            moved("anew", "payment", "04-07", amount="1.0000"),
            moved("back", "refund", "04-02"),
            won("b", on="03-10", amount="300.0000"),
            moved("in", "payment", "03-06"),
            won("a", on="03-05"),
        )

        # within April it went and came
        assert await values(client, "average_deal_sum") == ["200.00", None, "200.00", None]
        early = await get(client, "average_deal_sum?from=2026-03-01&to=2026-04-06&outcome=ledger")
        assert early["value"] == "300.00"

    async def test_is_a_sale_again_when_the_refund_is_voided_or_another_deals(
        self, client: httpx.AsyncClient, tell: Tell
    ) -> None:
        back = moved("back", "refund", "03-20")
        await tell(won("a", on="03-05"), moved("in", "payment", "03-06"), back)
        then = utc_now().isoformat().replace("+00:00", "Z")
        question = f"average_deal_sum?{MARCH}"
        assert (await get(client, question))["value"] is None

        back.say("updated", days=1, deal_id=named("b"))
        await tell(back)
        assert (await get(client, question))["value"] == "100.00"
        back.say("updated", days=1, deal_id=named("a"))
        await tell(back)
        assert (await get(client, question))["value"] is None
        back.say("voided", days=1, voided_at=day("03-25"))
        await tell(back)
        assert (await get(client, question))["value"] == "100.00"

        assert (await get(client, f"{question}&as_of={then}"))["value"] is None

    async def test_holds_sums_of_one_currency_against_each_other(
        self, client: httpx.AsyncClient, tell: Tell
    ) -> None:
        await tell(
            won("a", on="03-05"),
            moved("in", "payment", "03-06"),
            moved("back", "refund", "03-20", currency="EUR"),
        )
        assert (await get(client, f"average_deal_sum?{MARCH}"))["value"] == "100.00"

        await tell(moved("back too", "refund", "03-20"))
        assert (await get(client, f"average_deal_sum?{MARCH}"))["value"] is None

    async def test_takes_a_reopened_deal_off_once(
        self, client: httpx.AsyncClient, tell: Tell
    ) -> None:
        """G11: the refund takes the win off, reopening gives that back and takes the win itself."""
        deal = won("a", on="03-05")
        await tell(
            deal, won("b", on="03-06", amount="300.0000"), won("c", on="04-06", amount="500.0000")
        )
        await tell(moved("in", "payment", "03-06"), moved("back", "refund", "03-20"))
        assert await values(client, "average_deal_sum") == ["300.00", "500.00"] * 2

        await tell(deal.move("Qualified", at=day("04-02")))
        assert await values(client, "average_deal_sum") == ["300.00", "500.00"] * 2

        # won anew without new money it is no sale yet
        await tell(deal.move("Won", at=day("04-08")))
        assert await values(client, "average_deal_sum") == ["300.00", "500.00"] * 2
        await tell(moved("anew", "payment", "04-09"))
        assert await values(client, "average_deal_sum") == ["300.00", "300.00"] * 2


class TestPurchases:
    """K31, K49, G14: the first sale refunded, the second becomes the first."""

    async def test_begin_with_the_first_that_was_kept(
        self, client: httpx.AsyncClient, tell: Tell, merged: Any
    ) -> None:
        await tell(
            won("a", on="03-05", company_id=named("Silpo Ltd")),
            won("b", on="03-10", company_id=SILPO, amount="200.0000"),
            won("c", on="04-05", company_id=SILPO, amount="300.0000"),
            moved("in", "payment", "03-06"),
        )
        # the survivor's second sale is a third of the two that are one
        await merged("company", named("Silpo Ltd"), SILPO)
        assert await values(client, "repeat_sales") == ["1", "1"] * 2
        assert await values(client, "new_customers") == ["1", "0"] * 2

        await tell(moved("back", "refund", "04-20"))

        assert await values(client, "repeat_sales") == ["0", "1"] * 2
        assert await values(client, "new_customers") == ["1", "0"] * 2
        assert await values(client, "income_per_customer") == ["200.00", "300.00"] * 2

    async def test_are_none_where_all_went_back(
        self, client: httpx.AsyncClient, tell: Tell
    ) -> None:
        await tell(won("a", on="03-05", company_id=SILPO), moved("in", "payment", "03-06"))
        assert (await get(client, f"active_customers?{MARCH}"))["value"] == "1"

        await tell(moved("back", "refund", "03-20"))

        assert (await get(client, f"active_customers?{MARCH}"))["value"] == "0"
        assert (await get(client, f"income_per_customer?{MARCH}"))["value"] is None


class TestBreakdowns:
    """K63: in ledger mode what was agreed, won and refunded broke down on the day of the refund."""

    async def test_counts_refunds_in_a_ledger_alone(
        self, client: httpx.AsyncClient, tell: Tell
    ) -> None:
        agreed = {"agreed_at": day("03-02")}
        await tell(
            won("a", on="03-05", **agreed), won("b", on="03-05", **agreed),
            won("c", on="03-05", agreed_at=day("04-01")), won("never agreed", on="03-05"),
            moved("in", "payment", "03-06"), moved("back", "refund", "04-02"),
            moved("in too", "payment", "03-06", deal_id=named("never agreed")),
            moved("back too", "refund", "03-07", deal_id=named("never agreed")),
        )  # fmt: skip

        assert await values(client, "breakdown_rate") == ["0.00", "0.00", "0.00", "100.00"]

        # paid anew it is none: the books take it back on that day
        await tell(moved("anew", "payment", "04-09"))
        assert await values(client, "breakdown_rate") == ["0.00", "0.00", "0.00", "0.00"]
