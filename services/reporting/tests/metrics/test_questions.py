"""What every metric understands: comparison, past, scope, drill-down, CSV, bad questions."""

from datetime import date
from typing import Any

import httpx
import pytest
from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncSession

from crm_reporting.metrics.queries.facts import recall
from crm_reporting.metrics.rules.catalogue import CATALOGUE
from crm_reporting.metrics.rules.questions import Around, Parameters, ask_of
from crm_reporting.settings import Settings
from crm_reporting.testing import (
    DealStory,
    Tell,
    day,
    line,
    lost,
    named,
    won,
)
from crm_reporting.testing import get_metric as get
from crm_shared.actor import Access, Actor, Role, Scope
from crm_shared.clock import utc_now
from crm_shared.filters import And
from crm_shared.testing.plugin import ClientAs

SPRING = "from=2026-03-01&to=2026-06-01"
SPRING_DAYS = ("2026-03-01", "2026-06-01")
INTERVALS = (("month", 3), ("quarter", 2), ("year", 1))
# 1 March is a Sunday: the first week has one day
FINE = (("won_deals", "week", 14), ("win_rate", "day", 92))
MARCH = "from=2026-03-01&to=2026-04-01"


class TestComparison:
    """G16, G6: beside another period; percentages in points."""

    async def test_compares_with_as_many_days_before(
        self, client: httpx.AsyncClient, tell: Tell
    ) -> None:
        """R4: any metric in time, beside the period before."""
        await tell(
            *(won(f"a{n}", on="03-05") for n in range(2)),
            *(won(f"b{n}", on="04-05") for n in range(3)),
        )

        body = await get(client, "won_deals?from=2026-04-01&to=2026-05-01&compare=previous")

        compared = body["comparison"]
        assert (compared["from"], compared["to"]) == ("2026-03-02", "2026-04-01")
        assert (compared["value"], compared["change"], compared["change_pct"]) == (
            "2", "1", "50.00",
        )  # fmt: skip
        assert (compared["good"], compared["unfinished"]) == (True, False)
        # and every metric there is: by day, week, month, quarter, year, each with its direction
        every = [(metric, *INTERVALS[at % len(INTERVALS)]) for at, metric in enumerate(CATALOGUE)]
        for metric, interval, buckets in [*every, *FINE]:
            told = await get(client, f"{metric}?{SPRING}&interval={interval}")
            starts = [one["start"] for one in told["series"]]
            ends = [one["end"] for one in told["series"]]
            assert (len(starts), starts[0], ends[-1]) == (buckets, *SPRING_DAYS), metric
            assert starts[1:] == ends[:-1]
            assert CATALOGUE[metric].direction in ("up", "down", "none")
        # what is read anew for each bucket gives all of them or says why not: none is cut off
        whole = await get(client, "retention?from=2026-01-01&to=2026-03-02&interval=day")
        assert len(whole["series"]) == 60
        refused = await client.get(
            "/v1/metrics/retention?from=2026-01-01&to=2026-03-03&interval=day"
        )
        told_why = refused.json()["errors"][0]
        assert (refused.status_code, told_why["pointer"], told_why["code"]) == (
            422, "/query/interval", "too-many-buckets",
        )  # fmt: skip

    async def test_does_not_grow_a_hundred_percent_from_nothing(
        self, client: httpx.AsyncClient, tell: Tell
    ) -> None:
        await tell(won("a", on="03-05"))

        compared = (await get(client, f"won_deals?{MARCH}&compare=last_year"))["comparison"]

        assert (compared["change"], compared["change_pct"]) == ("1", None)
        assert compared["reason"] == "no_denominator"

    async def test_tells_percentages_in_points(self, client: httpx.AsyncClient, tell: Tell) -> None:
        await tell(won("a", on="03-05"), lost("b", on="03-06"), won("c", on="04-05"))

        body = await get(client, "win_rate?from=2026-04-01&to=2026-05-01&compare=previous")

        compared = body["comparison"]
        assert (compared["change_pp"], compared["change"], compared["change_pct"]) == (
            "50.00", None, None,
        )  # fmt: skip


class TestAsOf:
    """G7: what was known then."""

    async def test_tells_what_was_known_then(self, client: httpx.AsyncClient, tell: Tell) -> None:
        story = won("a", on="03-05")
        await tell(story)
        known = story.events[-1].recordedtime.isoformat().replace("+", "%2B")
        story.update(amount="70.0000", days=1)
        await tell(story)

        now = await get(client, f"sales_volume?{MARCH}&by=owner")
        then = await get(client, f"sales_volume?{MARCH}&by=owner&as_of={known}")
        again = await get(client, f"sales_volume?{MARCH}&by=owner")

        assert (now["value"], then["value"], again["value"]) == ("70.00", "100.00", "70.00")
        assert then["breakdown"][0]["value"] == "100.00"

    async def test_is_looked_up_and_not_read_again_for_each_customer(
        self, tell: Tell, worker: AsyncSession, crm_settings: Settings
    ) -> None:
        """G11: 3,000 lost deals of the past took 39 s, and it grew by the square."""
        await tell(lost("a", on="03-08", company_id=named("Silpo")))
        access, now = Access(Actor(named("Olena"), Role.ADMIN), Scope.ALL), utc_now()
        around = Around(access, now, crm_settings.zone, crm_settings.currency)
        told = Parameters(date(2026, 3, 1), date(2026, 4, 1), as_of=now)
        ask = ask_of(CATALOGUE["promise_losses"], told, And(()), around)
        await recall(worker, ask, crm_settings.zone)

        await worker.execute(text("SET LOCAL enable_seqscan = off"))
        for looked_up in ("subject_id = :id AND part = 8", "customer = :id AND part = 32"):
            plan = text(f"EXPLAIN SELECT measure FROM contributions WHERE {looked_up}")  # noqa: S608
            rows = await worker.scalars(plan, {"id": named("Silpo")})
            assert "Index Scan" in "".join(rows)


class TestScope:
    """G18: within what one may see."""

    async def test_shows_own_team_or_all_in_value_breakdown_and_facts(
        self, client_as: ClientAs, tell: Tell
    ) -> None:
        olena, petro, kyiv, lviv = (named(name) for name in ("Olena", "Petro", "Kyiv", "Lviv"))
        await tell(
            won("a", on="03-05", owner_id=olena, team_id=kyiv),
            won("b", on="03-05", owner_id=petro, team_id=kyiv),
            won("c", on="03-05", owner_id=named("Ihor"), team_id=lviv),
            won("d", on="03-05", owner_id=None, team_id=None),
        )
        readers: dict[str, tuple[httpx.AsyncClient, int]] = {
            "own": (client_as("seller", user_id=olena, team_ids=(kyiv,)), 1),
            "team": (client_as("head", user_id=petro, team_ids=(kyiv,)), 2),
            "no team": (client_as("head", user_id=petro), 0),
            "all": (client_as("accountant"), 4),
        }

        for reader, expected in readers.values():
            for by in ("owner", "team", "company", "pipeline"):
                body = await get(reader, f"won_deals?{MARCH}&by={by}&interval=month")
                assert body["value"] == str(expected)
                assert sum(one["n"] for one in body["breakdown"]) == expected
                assert sum(one["n"] for one in body["series"]) == expected
                facts = (await reader.get(body["facts_url"])).json()["items"]
                assert sum(fact["n"] for fact in facts) == expected

    async def test_refuses_who_is_not_signed_in(self, client_as: ClientAs) -> None:
        assert (await client_as(None).get("/v1/metrics/won_deals")).status_code == 401


class TestFacts:
    """G18: the rows behind a value make the value."""

    @pytest.mark.parametrize(
        "question",
        [
            "sales_volume?from=2026-03-01&to=2026-05-01",
            "sales_volume?from=2026-03-01&to=2026-05-01&outcome=ledger",
            f"sales_volume?{SPRING}&product_id={named('crane')}",
            f"sales_volume?{SPRING}&channel=web",
            "open_deals?from=2026-03-01&to=2026-04-10",
            f"potential_deals?{SPRING}&owner_id[in]={named('Petro')},{named('Ihor')}",
        ],
    )
    async def test_always_agree_with_the_value(
        self, client: httpx.AsyncClient, tell: Tell, question: str
    ) -> None:
        sold = [line("crane", "60"), line("hook", "40")]
        await tell(
            won("a", on="03-05", line_items=sold, channel="web"),
            won("b", on="03-06", owner_id=named("Petro")).move("New", days=3).move("Won", days=40),
            won("c", on="04-07", owner_id=named("Ihor")).update(amount="30.0000", days=60),
            DealStory("d", at=day("03-20"), owner_id=named("Petro")),
        )

        body = await get(client, question)

        facts: list[dict[str, Any]] = []
        url: str | None = f"{body['facts_url']}&limit=1"
        while url:
            page = (await client.get(url)).json()
            facts += page["items"]
            cursor = page["next_cursor"]
            url = f"{body['facts_url']}&limit=1&cursor={cursor}" if cursor else None
        assert sum(fact["n"] for fact in facts) == body["n"]
        if body["unit"] == "money":
            total = sum(float(fact["amount"] or 0) for fact in facts)
            assert f"{total:.2f}" == body["value"]


class TestCsv:
    async def test_is_safe_to_open_in_a_spreadsheet(
        self, client: httpx.AsyncClient, tell: Tell
    ) -> None:
        await tell(won("a", on="03-05", channel="=cmd|'/C calc'!A0"))

        answer = await client.get(
            f"/v1/metrics/sales_volume?{MARCH}&by=channel", headers={"Accept": "text/csv"}
        )

        head, row = answer.text.splitlines()
        assert head.startswith("key,label,share,value")
        assert row.startswith("'=cmd")
        assert answer.headers["content-type"].startswith("text/csv")


class TestBadQuestions:
    @pytest.mark.parametrize(
        ("query", "pointer"),
        [
            ("from=2026-02-30", "/query/from"),
            ("from=2026-03-01&to=2026-03-01", "/query/to"),
            ("from=0001-01-01", "/query/from"),
            ("to=0001-01-01", "/query/to"),
            ("by=stage", "/query/by"),
            ("by=nonsense", "/query/by"),
            ("currency=ZZZ", "/query/currency"),
            ("variant=nonsense", "/query/variant"),
            ("from=1900-01-01&to=2100-01-01&interval=day", "/query/interval"),
            ("as_of=yesterday", "/query/as_of"),
            ("owner_id=somebody", "/query/owner_id"),
        ],
    )
    async def test_are_told_which_parameter_breaks_which_rule(
        self, client: httpx.AsyncClient, query: str, pointer: str
    ) -> None:
        answer = await client.get(f"/v1/metrics/won_deals?{query}")

        assert answer.status_code == 422
        assert [one["pointer"] for one in answer.json()["errors"]] == [pointer]

    async def test_are_told_of_a_parameter_nobody_knows(self, client: httpx.AsyncClient) -> None:
        assert (await client.get("/v1/metrics/won_deals?colour=red")).status_code == 422
