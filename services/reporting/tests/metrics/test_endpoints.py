"""Metrics over HTTP: one example a metric, calculated by hand."""

from typing import Any

import httpx
import pytest

from crm_reporting.testing import (
    DealStory,
    Tell,
    company_told,
    day,
    line,
    lost,
    moment,
    named,
    pipeline_created,
    won,
)
from crm_reporting.testing import get_metric as get

SPRING = "from=2026-03-01&to=2026-06-01"
MARCH = "from=2026-03-01&to=2026-04-01"


def by_key(body: dict[str, Any]) -> dict[Any, str]:
    return {one["key"]: one["value"] for one in body["breakdown"]}


class TestCatalogue:
    """G3: every metric tells what it is."""

    async def test_names_every_metric_in_three_languages(self, client: httpx.AsyncClient) -> None:
        items = (await client.get("/v1/metrics")).json()["items"]

        assert {item["id"] for item in items} >= {
            "sales_volume", "average_deal_sum", "potential_deals", "won_deals", "flow_ratio",
            "win_rate", "cohort_conversion", "funnel", "open_deals", "seller_contribution",
            "deal_length",
        }  # fmt: skip
        assert all(all(one[text].values()) for one in items for text in ("title", "formula"))

    async def test_knows_no_other(self, client: httpx.AsyncClient) -> None:
        assert (await client.get("/v1/metrics/nonsense")).status_code == 404


class TestSalesVolume:
    """K1, G4: sales volume, by day, rate and share."""

    async def test_sums_the_wins_of_the_period(self, client: httpx.AsyncClient, tell: Tell) -> None:
        """K1, D1: 2.2 (Frappe, Krayin: by creation; Espo: by an edited day): by wins."""
        await tell(
            won("a", on="03-05", amount="100.5000"),
            won("b", on="03-20", amount="200.0000"),
            won("c", on="04-02", amount="400.0000"),
            lost("d", on="03-06", amount="800.0000"),
            DealStory("e", at=day("03-01"), expected_close_date="2026-03-10").update(
                days=1, probability=100
            ),
        )

        body = await get(client, f"sales_volume?{MARCH}")

        assert (body["value"], body["n"], body["currency"]) == ("300.50", 2, "UAH")
        assert (body["from"], body["to"]) == ("2026-03-01", "2026-04-01")
        assert body["reason"] is None

    async def test_is_told_again_at_once(self, client: httpx.AsyncClient, tell: Tell) -> None:
        """The lag is known for a second then, and the sums are the first that is asked."""
        await tell(won("a", on="03-05", amount="100.5000"))

        answers = [await get(client, f"sales_volume?{MARCH}") for _ in range(3)]

        assert [body["value"] for body in answers] == ["100.50"] * 3

    async def test_is_nought_over_nothing(self, client: httpx.AsyncClient) -> None:
        body = await get(client, f"sales_volume?{MARCH}")

        assert (body["value"], body["n"], body["coverage"]) == ("0.00", 0, None)

    async def test_takes_a_win_of_half_past_eleven_at_night_for_its_local_day(
        self, client: httpx.AsyncClient, tell: Tell
    ) -> None:
        """G1: 2.2 (Twenty: the viewer's zone): the company's zone decides."""
        late = DealStory("a", at=day("03-01")).move("Won", at=moment("2026-03-31 20:30"))
        later = DealStory("b", at=day("03-01")).move("Won", at=moment("2026-03-31 21:30"))
        await tell(late, later)

        body = await get(client, f"won_deals?{SPRING}&interval=day")

        days = {one["start"]: one["value"] for one in body["series"] if one["value"] != "0"}
        assert days == {"2026-03-31": "1", "2026-04-01": "1"}

    async def test_keeps_currencies_apart_until_there_is_a_rate(
        self, client: httpx.AsyncClient, tell: Tell, rate: Any
    ) -> None:
        """G4: 2.2 (Nakatomi: floats over any currency): nothing is added raw."""
        await tell(
            won("a", on="03-05", amount="100.0000"),
            won("b", on="03-05", amount="10.0000", currency="EUR"),
        )

        before = await get(client, f"sales_volume?{MARCH}")
        await rate("EUR", "UAH", "2026-03-05", "45.5")
        after = await get(client, f"sales_volume?{MARCH}")

        assert (before["value"], before["coverage"]) == ("100.00", "0.5000")
        assert before["unconverted"] == [{"currency": "EUR", "n": 1, "amount": "10.00"}]
        assert (after["value"], after["unconverted"]) == ("555.00", [])

    async def test_takes_the_rate_of_the_business_day(
        self, client: httpx.AsyncClient, tell: Tell, rate: Any
    ) -> None:
        """G4: 2.2 (Espo: today's rate for last year's sales): the rate of that day."""
        await tell(
            won("a", on="03-05", amount="10.0000", currency="EUR"),
            won("b", on="03-25", amount="10.0000", currency="EUR"),
        )
        await rate("EUR", "UAH", "2026-03-01", "40")
        await rate("EUR", "UAH", "2026-03-20", "50")

        body = await get(client, f"sales_volume?{MARCH}&interval=month&by=owner")

        assert body["value"] == "900.00"
        assert body["series"][0]["value"] == "900.00"
        assert body["breakdown"][0]["value"] == "900.00"

    async def test_gives_shares_that_make_a_hundred(
        self, client: httpx.AsyncClient, tell: Tell
    ) -> None:
        await tell(*(won(f"{n}", on="03-05", owner_id=named(f"s{n}")) for n in range(3)))

        body = await get(client, f"sales_volume?{MARCH}&by=owner")

        assert sorted(one["share"] for one in body["breakdown"]) == ["33.33", "33.33", "33.34"]

    async def test_cuts_by_product_company_channel_and_sector(
        self, client: httpx.AsyncClient, tell: Tell
    ) -> None:
        items = [line("crane", "60"), line("hook", "40")]
        await tell(
            company_told("Silpo", sector="retail"),
            won("a", on="03-05", company_id=named("Silpo"), line_items=items, channel="web"),
            won("b", on="03-06"),
        )

        cuts = {
            by: by_key(await get(client, f"sales_volume?{MARCH}&by={by}"))
            for by in ("product", "company", "channel", "sector", "pipeline", "team")
        }

        assert cuts["product"] == {
            str(named("crane")): "60.00", str(named("hook")): "40.00", None: "100.00",
        }  # fmt: skip
        assert cuts["company"] == {str(named("Silpo")): "100.00", None: "100.00"}
        assert cuts["channel"] == {"web": "100.00", None: "100.00"}
        assert cuts["sector"] == {"retail": "100.00", None: "100.00"}
        assert cuts["pipeline"] == {str(named("pipeline")): "200.00"}
        assert cuts["team"] == {str(named("Kyiv")): "200.00"}

    async def test_follows_a_merged_company_to_its_survivor(
        self, client: httpx.AsyncClient, tell: Tell, merged: Any
    ) -> None:
        await tell(
            won("a", on="03-05", company_id=named("Silpo")),
            won("b", on="03-05", company_id=named("Silpo Ltd")),
        )
        await merged("company", named("Silpo Ltd"), named("Silpo"))

        cut = await get(client, f"sales_volume?{MARCH}&by=company")
        filtered = await get(client, f"sales_volume?{MARCH}&company_id={named('Silpo')}")

        assert by_key(cut) == {str(named("Silpo")): "200.00"}
        assert filtered["value"] == "200.00"


class TestReopened:
    """G11, K1: both modes of a reopened deal."""

    async def test_stands_where_the_closing_in_force_lies_or_where_it_was_booked(
        self, client: httpx.AsyncClient, tell: Tell
    ) -> None:
        """G11: 2.2 (Frappe, Odoo: a reopened deal keeps or loses its closing): both are told."""
        story = won("a", on="03-05").move("New", at=day("04-05")).move("Won", at=day("05-05"))
        await tell(story)

        restated = await get(client, f"sales_volume?{SPRING}&interval=month")
        booked = await get(client, f"sales_volume?{SPRING}&interval=month&outcome=ledger")

        assert [one["value"] for one in restated["series"]] == ["0.00", "0.00", "100.00"]
        assert [one["value"] for one in booked["series"]] == ["100.00", "-100.00", "100.00"]
        assert restated["value"] == booked["value"] == "100.00"


class TestAverageDealSum:
    """K2, G2: the average of what has an amount."""

    async def test_leaves_out_nought_and_unknown_and_tells_the_median(
        self, client: httpx.AsyncClient, tell: Tell
    ) -> None:
        amounts = ["100.0000", "200.0000", "600.0000", "0.0000", None]
        await tell(*(won(f"{n}", on="03-05", amount=one) for n, one in enumerate(amounts)))

        body = await get(client, f"average_deal_sum?{MARCH}")
        with_nought = await get(client, f"average_deal_sum?{MARCH}&include_zero=true")

        assert (body["value"], body["n"], body["details"]["median_amount"]) == (
            "300.00", 3, "200.00",
        )  # fmt: skip
        assert (with_nought["value"], with_nought["details"]["median_amount"]) == (
            "225.00", "150.00",
        )  # fmt: skip
        assert body["low_n"] is True

    async def test_is_nothing_over_nothing(self, client: httpx.AsyncClient) -> None:
        """G2: 2.2 (Frappe: no data is nought): null with its reason."""
        body = await get(client, f"average_deal_sum?{MARCH}")

        assert (body["value"], body["reason"]) == (None, "no_data")


class TestPotentialDeals:
    """K4, K6: flow and stock."""

    async def test_tells_flow_and_stock_by_their_names(
        self, client: httpx.AsyncClient, tell: Tell
    ) -> None:
        await tell(
            DealStory("a", at=day("02-01")),
            DealStory("b", at=day("03-10")),
            DealStory("c", at=day("03-11"), dated=False),
            won("d", on="03-05"),
        )

        flow = await get(client, f"potential_deals?{MARCH}")
        stock = await get(client, f"potential_deals?{MARCH}&variant=stock&interval=month")

        assert (flow["value"], flow["coverage"], flow["details"]) == ("2", "0.6667", {"undated": 1})
        assert (stock["value"], stock["series"][0]["value"]) == ("3", "3")


class TestRatios:
    """K7, G2: three conversions, each with a reason where there is none."""

    async def test_divides_by_what_each_is_named_after(
        self, client: httpx.AsyncClient, tell: Tell
    ) -> None:
        await tell(
            won("a", on="03-05"),
            won("b", on="04-05"),
            lost("c", on="03-09"),
            DealStory("d", at=day("03-20")),
        )

        values = {
            name: (await get(client, f"{name}?{MARCH}"))["value"]
            for name in ("flow_ratio", "win_rate", "cohort_conversion")
        }

        # won in March 1 of 4 created; 1 won of 2 closed; 2 of the 4 are won by now
        assert values == {"flow_ratio": "25.00", "win_rate": "50.00", "cohort_conversion": "50.00"}

    async def test_rounds_halves_up(self, client: httpx.AsyncClient, tell: Tell) -> None:
        await tell(*(won(f"w{n}", on="03-05") for n in range(7)), lost("l", on="03-05"))

        assert (await get(client, f"win_rate?{MARCH}"))["value"] == "87.50"

    @pytest.mark.parametrize("metric", ["flow_ratio", "win_rate", "cohort_conversion", "funnel"])
    async def test_has_a_reason_in_place_of_a_fake_nought(
        self, client: httpx.AsyncClient, metric: str
    ) -> None:
        body = await get(client, f"{metric}?{MARCH}")

        assert (body["value"], body["reason"]) == (None, "no_denominator")

    async def test_leaves_out_deals_deleted_while_open(
        self, client: httpx.AsyncClient, tell: Tell
    ) -> None:
        await tell(won("a", on="03-05"), DealStory("b", at=day("03-02")).say("deleted", days=1))

        for metric in ("flow_ratio", "win_rate", "cohort_conversion"):
            assert (await get(client, f"{metric}?{MARCH}"))["value"] == "100.00"

    async def test_says_that_a_cohort_is_young(self, client: httpx.AsyncClient, tell: Tell) -> None:
        await tell(won("a", on="03-05"), DealStory("b", at=day("03-02")))

        body = await get(client, f"cohort_conversion?{MARCH}")

        assert body["details"] == {"open": 1, "immature": 1}


class TestFunnel:
    """K8, D2: the funnel, from first entries."""

    async def stories(self, tell: Tell) -> None:
        start = day("03-02")
        await tell(
            pipeline_created(),
            DealStory("a", at=start).move("Qualified", days=2).move("Proposal", days=1)
            .move("Won", days=1),
            DealStory("b", at=start).move("Proposal", days=4).move("Lost", days=1),
            DealStory("c", at=start).move("Qualified", days=6).move("New", days=1)
            .move("Qualified", days=1),
            DealStory("d", at=start).move("Lost", days=1),
        )  # fmt: skip

    async def test_counts_first_entries_and_keeps_the_lost(
        self, client: httpx.AsyncClient, tell: Tell
    ) -> None:
        """K8: 2.2 (Frappe: re-entries twice, losers left out): once each, the lost too."""
        await self.stories(tell)

        body = await get(client, f"funnel?{MARCH}")

        table = {
            one["label"]: (one["n"], one["numerator"], one["details"]["dropped"])
            for one in body["breakdown"]
        }
        assert table == {
            "New": (4, "3", 1), "Qualified": (2, "1", 0), "Proposal": (2, "1", 1),
            "Won": (1, None, 0), "Lost": (2, None, 0),
        }  # fmt: skip
        assert (body["value"], body["numerator"], body["denominator"]) == ("25.00", "1", "4")

    async def test_counts_strictly_only_the_very_next_stage(
        self, client: httpx.AsyncClient, tell: Tell
    ) -> None:
        await self.stories(tell)

        body = await get(client, f"funnel?{MARCH}&variant=strict")

        assert {one["label"]: one["numerator"] for one in body["breakdown"]} == {
            "New": "2", "Qualified": "1", "Proposal": "1", "Won": None, "Lost": None,
        }  # fmt: skip

    async def test_tells_how_long_finished_visits_took(
        self, client: httpx.AsyncClient, tell: Tell
    ) -> None:
        await self.stories(tell)

        body = await get(client, f"funnel?{MARCH}")

        new = body["breakdown"][0]["details"]
        # 2, 4, 6 and once more 1, and 1 day
        assert (new["mean_days"], new["median_days"], new["p90_days"]) == ("3.50", "3.00", "7.00")

    async def test_is_the_same_as_a_report(self, client: httpx.AsyncClient, tell: Tell) -> None:
        await self.stories(tell)

        report = (await client.get(f"/v1/reports/funnel?{MARCH}")).json()

        assert report["total"]["value"] == "25.00"
        assert [stage["n"] for stage in report["stages"]] == [4, 2, 2, 1, 2]

    async def test_has_no_more_passed_than_entered_by_owner(
        self, client: httpx.AsyncClient, tell: Tell
    ) -> None:
        await self.stories(tell)

        body = await get(client, f"funnel?{MARCH}&by=owner")

        assert [(one["numerator"], one["n"]) for one in body["breakdown"]] == [("1", 4)]


class TestOpenDeals:
    """K21: what is open, and what it is worth."""

    async def test_tells_what_is_open_and_what_it_is_worth(
        self, client: httpx.AsyncClient, tell: Tell
    ) -> None:
        await tell(
            pipeline_created(),
            DealStory("a", at=day("03-02"), expected_close_date="2026-03-20"),
            DealStory("b", at=day("03-04"), stage="Proposal", amount="200.0000"),
            DealStory("c", at=day("03-04"), amount=None, owner_id=None),
            won("d", on="03-05"),
        )

        body = await get(client, "open_deals?from=2026-03-01&by=stage")

        assert body["value"] == "3"
        assert body["details"]["amount"] == "300.00"
        assert body["details"]["weighted_amount"] == "130.00"
        assert body["details"]["n_missing_amount"] == 1
        assert body["details"]["overdue"] == 1
        assert body["details"]["without_owner"] == 1
        stages = {one["label"]: one["value"] for one in body["breakdown"]}
        assert stages == {"New": "2", "Proposal": "1"}

    async def test_tells_a_past_day_as_it_was(self, client: httpx.AsyncClient, tell: Tell) -> None:
        await tell(won("a", on="03-20"), won("b", on="04-20"))

        values = {
            end: (await get(client, f"open_deals?from=2026-01-01&to={end}"))["value"]
            for end in ("2026-03-01", "2026-03-10", "2026-04-01", "2026-05-01")
        }

        assert list(values.values()) == ["0", "2", "1", "0"]

    async def test_is_worth_the_rate_of_each_day(
        self, client: httpx.AsyncClient, tell: Tell, rate: Any
    ) -> None:
        """G4: 2.2 (Espo: last year's curve moves with today's rate): a point is its day's rate."""
        await tell(
            DealStory("a", at=day("03-02"), amount="10.0000", currency="EUR"),
            DealStory("b", at=day("03-02"), amount="7.0000"),
            DealStory("c", at=day("04-05"), amount="10.0000", currency="EUR").move(
                "Lost", at=day("05-02")),
        )  # fmt: skip
        for on, worth in (("2026-03-01", "38"), ("2026-04-20", "40"), ("2026-05-01", "44")):
            await rate("EUR", "UAH", on, worth)
        asked = "from=2026-02-01&to=2026-06-01&interval=month"

        deals = await get(client, f"open_deals?{asked}")
        alone = await get(client, "open_deals?from=2026-03-01&to=2026-04-01")
        money = await get(client, f"potential_deals?{asked}&variant=stock")
        filtered = await get(client, f"potential_deals?{asked}&variant=stock&channel=none")

        # 380 + 7; 400 + 400 + 7, not at the rate of the day after; the second is lost in May
        worths = ["0.00", "387.00", "807.00", "447.00"]
        assert [one["details"]["amount"] for one in deals["series"]] == worths
        assert [one["value"] for one in money["series"]] == ["0", "2", "3", "2"]
        assert alone["details"]["amount"] == worths[1]
        assert [one["value"] for one in filtered["series"]] == ["0"] * 4
        report = await client.get("/v1/reports/pipeline?from=2026-03-01&to=2026-05-01")
        assert report.json()["open"]["amount"] == worths[2]

    async def test_is_the_same_in_the_pipeline_report(
        self, client: httpx.AsyncClient, tell: Tell
    ) -> None:
        await tell(pipeline_created(), DealStory("a", at=day("03-02")), won("b", on="03-05"))

        report = (await client.get(f"/v1/reports/pipeline?{MARCH}")).json()

        flows = {name: report[name]["n"] for name in ("created", "won", "lost", "open")}
        assert flows == {"created": 2, "won": 1, "lost": 0, "open": 1}
        assert [stage["n"] for stage in report["stages"]] == [1, 0, 0]


class TestSellerContribution:
    """K22, G12: credit by the moment of the win."""

    async def test_credits_money_and_tells_wins_and_rate(
        self, client: httpx.AsyncClient, tell: Tell
    ) -> None:
        olena, petro = named("Olena"), named("Petro")
        await tell(
            won("a", on="03-05", owner_id=olena, amount="300.0000"),
            lost("b", on="03-05", owner_id=olena),
            won("c", on="03-05", owner_id=petro),
        )

        body = await get(client, f"seller_contribution?{MARCH}&by=owner")

        first, second = body["breakdown"]
        assert (first["key"], first["value"], first["share"]) == (str(olena), "300.00", "75.00")
        assert first["details"] == {"wins": 1, "closed": 2, "win_rate": "50.00"}
        assert (second["key"], second["share"]) == (str(petro), "25.00")


class TestDealLength:
    """K24, G13: mean, median and p90."""

    async def test_tells_mean_median_and_p90_of_the_won_and_the_lost_beside(
        self, client: httpx.AsyncClient, tell: Tell
    ) -> None:
        await tell(
            *(won(f"{n}", on=f"03-{n + 1:02}") for n in (2, 4, 6, 20)),
            lost("l", on="03-06"),
            DealStory("o", at=day("03-01")),
        )

        body = await get(client, f"deal_length?{MARCH}")

        assert (body["value"], body["unit"], body["n"]) == ("8.00", "days", 4)
        assert body["details"] == {
            "lost_mean": "5.00", "median": "5.00", "p90": "20.00", "open_n": 1,
        }  # fmt: skip

    async def test_tells_the_active_time_of_a_reopened_deal(
        self, client: httpx.AsyncClient, tell: Tell
    ) -> None:
        story = won("a", on="03-05").move("New", at=day("03-15")).move("Won", at=day("03-20"))
        await tell(story)

        elapsed = await get(client, f"deal_length?{MARCH}")
        active = await get(client, f"deal_length?{MARCH}&variant=active&by=owner")

        assert (elapsed["value"], active["value"]) == ("19.00", "9.00")
        assert active["breakdown"][0]["value"] == "9.00"
