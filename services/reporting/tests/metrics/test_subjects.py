"""Leads, work, cases and money told over HTTP: one story, counted by hand."""

from datetime import timedelta
from typing import Any

import httpx
from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncSession

from crm_reporting.metrics.rules.hiding import DETAILS
from crm_reporting.testing import (
    DealStory,
    SubjectStory,
    Tell,
    day,
    envelope,
    get_metric,
    lost,
    moment,
    named,
    pipeline_created,
    won,
)
from crm_shared.clock import utc_now
from crm_shared.ids import new_id
from crm_shared.testing.plugin import ClientAs

MARCH = "from=2026-03-01&to=2026-04-01"
REASON = named("too dear")


def story() -> list[Any]:
    """Three leads, two promises, two cases, invoices, a call and two lost deals."""
    told = {"label": "Too dear", "outcome": "lost", "group": None, "department": "pricing"}
    return [
        SubjectStory("lead", "a", at=day("03-02"), source="fair")
        .say("responded", at=day("03-02") + timedelta(minutes=30), status="working",
             first_responded_at=day("03-02") + timedelta(minutes=30))
        .say("converted", at=day("03-20"), status="converted"),
        # half past midnight in Kyiv is the day before in UTC, and another month
        SubjectStory("lead", "b", at=moment("2026-03-31 22:30"), source="fair"),
        SubjectStory("lead", "c", at=day("03-05"), source=None, owner_id=named("Petro"))
        .say("disqualified", at=day("03-06"), status="disqualified", disqualify_reason="spam"),
        SubjectStory("lead", "gone", at=day("03-05"), source="fair").say("deleted", days=1),
        SubjectStory("activity", "kept", at=day("03-01"), is_promise=True, due_at=day("03-10"))
        .say("completed", at=day("03-09"), status="done", completed_at=day("03-09")),
        SubjectStory("activity", "broken", at=day("03-01"), is_promise=True, due_at=day("03-11"))
        .say("missed", at=day("03-12"), status="missed", missed_at=day("03-12")),
        SubjectStory("call", "missed", "logged", at=day("03-03"), started_at=day("03-03"),
                     answered=False, duration_s=None, contact_id=named("Ivan")),
        SubjectStory("call", "back", "logged", at=day("03-03") + timedelta(minutes=20),
                     direction="outbound", contact_id=named("Ivan"),
                     started_at=day("03-03") + timedelta(minutes=20)),
        SubjectStory("invoice", "late", "issued", at=day("03-01"), issue_date="2026-03-01",
                     due_date="2026-03-15"),
        SubjectStory("payment", "in", "received", at=day("03-04"), paid_on="2026-03-04"),
        envelope("crm.deals.reason.created.v1", {"reason": told, "changed": [], "previous": {}},
                 subject=REASON, revision=1, at=day("03-01")),
        lost("d", on="03-07", amount="300.0000").update(days=0, reason_id=REASON),
        lost("e", on="03-08", amount="50.0000").move("Proposal", at=day("03-09")),
        won("f", on="03-10", amount="200.0000"),
        DealStory("g", at=day("03-12"), owner_id=named("Petro")),
    ]  # fmt: skip


class TestSubjects:
    """K3, K5, K13, K29, K30, K32, K39, K40: what is no deal is counted as deals are."""

    async def test_are_told_as_counted_by_hand(self, client: httpx.AsyncClient, tell: Tell) -> None:
        await tell(*story())

        leads = await get_metric(client, f"leads?{MARCH}&by=source")
        assert (leads["value"], leads["details"]["converted"], leads["details"]["refused"]) == (
            "2", 1, 1,
        )  # fmt: skip
        assert {one["key"]: one["value"] for one in leads["breakdown"]} == {"fair": "1", None: "1"}
        april = await get_metric(client, "leads?from=2026-04-01&to=2026-04-02&source=fair")
        stock = await get_metric(client, f"leads?{MARCH}&variant=stock")
        assert (april["value"], stock["value"]) == ("1", "0")
        ratio = await get_metric(client, f"lead_conversion?{MARCH}")
        cohort = await get_metric(client, f"lead_conversion?{MARCH}&variant=cohort")
        assert (ratio["value"], ratio["numerator"], ratio["denominator"]) == ("200.00", "4", "2")
        assert (cohort["value"], cohort["details"]["open"], cohort["low_n"]) == ("50.00", 0, True)
        answered = await get_metric(client, f"lead_response_time?{MARCH}")
        assert (answered["value"], answered["coverage"]) == ("30.00", "0.5000")
        kept = await get_metric(client, f"promises_kept?{MARCH}")
        assert (kept["value"], kept["details"]["broken"]) == ("50.00", 1)
        missed = await get_metric(client, f"missed_calls?{MARCH}")
        assert (missed["value"], missed["details"]["won_back"]) == ("100.00", 1)
        owed = await get_metric(client, f"receivables?{MARCH}&variant=overdue")
        assert (owed["value"], owed["details"]["invoices"]) == ("120.00", 1)
        reasons = await get_metric(client, f"loss_reasons?{MARCH}&by=reason")
        assert [(one["key"], one["label"], one["value"]) for one in reasons["breakdown"]] == [
            (str(REASON), "Too dear", "1")
        ]
        departments = await get_metric(client, f"loss_reasons?{MARCH}&by=department")
        assert [one["key"] for one in departments["breakdown"]] == ["pricing"]

    async def test_are_in_no_stock_while_they_are_deleted(
        self, client: httpx.AsyncClient, tell: Tell
    ) -> None:
        """K3, K39: deleted on the fourth, restored on the eighth: of the days between nothing."""
        lead = SubjectStory("lead", "back", at=day("03-02"), source="fair")
        case = SubjectStory("case", "back", at=day("03-02"))
        for one in (lead, case):
            one.say("deleted", at=day("03-04")).say("assigned", at=day("03-05"))
            one.say("restored", at=day("03-08"))
        await tell(lead, case)

        for metric in ("leads?variant=stock", "cases?variant=stock"):
            told = [
                (await get_metric(client, f"{metric}&from=2026-03-01&to=2026-03-{end}"))["value"]
                for end in ("04", "05", "08", "09")
            ]
            assert told == ["1", "0", "0", "1"], metric

    async def test_are_nothing_with_its_reason_where_nothing_is_known(
        self, client: httpx.AsyncClient
    ) -> None:
        """G2, K33, K37, K64, K68: no data and no input are no noughts."""
        for name, reason in (
            ("missed_calls", "no_data"), ("satisfaction", "no_denominator"),
            ("lead_response_time", "no_data"), ("order_processing_cost", "no_input"),
            ("document_errors", "no_input"), ("financial_result", "no_input"),
            ("stock_turnover", "no_input"),
        ):  # fmt: skip
            body = await get_metric(client, f"{name}?{MARCH}")
            assert (body["value"], body["reason"]) == (None, reason), name
        refused = await client.get(f"/v1/metrics/leads?{MARCH}&reason_id=x")
        assert (refused.status_code, refused.json()["errors"][0]["code"]) == (
            422, "unknown-dimension",
        )  # fmt: skip

    async def test_are_explained_listed_and_recalled(
        self, client: httpx.AsyncClient, client_as: ClientAs, tell: Tell, session: AsyncSession
    ) -> None:
        """G3, G7, G18: words in three languages, the rows behind, what was known then, scope."""
        await tell(*story()[:1])
        between = await session.scalar(text("SELECT now()"))
        await tell(*story()[2:3])

        words = (await client.get(f"/v1/metrics/lead_conversion/explain?{MARCH}")).json()
        facts = (await client.get(f"/v1/metrics/leads/facts?{MARCH}")).json()["items"]
        then = await client.get("/v1/metrics/leads", params={
            "from": "2026-03-01", "to": "2026-04-01", "as_of": between.isoformat()
        })  # fmt: skip
        own = await get_metric(client_as("seller"), f"leads?{MARCH}")

        assert words["calculation"]["uk"] == "0 / 2 = 0,00\u00a0%"
        assert words["filters"][0]["ru"].startswith("С 1 марта 2026 по 31 марта 2026 включительно")
        nobody = str(new_id())
        owner = {"owner_id": nobody, "channel[in]": "website,phone"}
        asked = await client.get("/v1/metrics/leads/explain", params=owner)
        said = [one["en"] for one in asked.json()["filters"]]
        assert said[1:] == [f"Only employee: {nobody}.", "Only channel: website, phone."]
        early = await client.get(f"/v1/metrics/leads?{MARCH}&as_of=2199-01-01T00:00:00Z")
        fault = early.json()["errors"][0]
        assert (early.status_code, fault["pointer"], fault["code"]) == (
            422, "/query/as_of", "in-the-future",
        )  # fmt: skip
        assert [len(words[name]) > 0 for name in ("filters", "left_out", "inputs")] == [True] * 3
        assert all(set(one) == {"en", "uk", "ru"} for one in words["left_out"])
        assert {(one["noun"], one["part"], one["kind"]) for one in facts} == {
            ("lead", "lead", "fair"), ("lead", "lead", None),
        }  # fmt: skip
        assert all(one["deal_id"] is None and one["pipeline_id"] is None for one in facts)
        assert (then.json()["value"], own["value"]) == ("1", "0")


class TestForecast:
    """K25, D9: won, due, committed, by history; overdue and undated apart; lost is nothing."""

    async def test_is_told_by_its_scenarios(self, client: httpx.AsyncClient, tell: Tell) -> None:
        """K25: 2.2 (Frappe: a lost deal at its full value): lost ones bring nothing."""
        today = utc_now()
        soon, ago = (today + timedelta(days=days) for days in (10, -10))
        month = f"from={ago.date() - timedelta(days=30)}&to={soon.date() + timedelta(days=1)}"
        facts: dict[str, Any] = {
            "at": ago - timedelta(days=5),
            "expected_close_date": soon.date().isoformat(),
        }
        late = {**facts, "expected_close_date": ago.date().isoformat()}
        await tell(
            pipeline_created(),
            DealStory("won", **facts, amount="100.0000").move("Won", at=ago),
            DealStory("due", **facts, amount="200.0000").move("Proposal", at=ago),
            DealStory("sure", **facts, amount="50.0000").update(at=ago, probability=90),
            DealStory("bare", **facts, amount=None),
            DealStory("late", **late, amount="70.0000"),
            DealStory("lost", **facts, amount="999.0000").move("Lost", at=ago),
            DealStory("undated", at=ago, amount="30.0000"),
        )

        told = {
            variant: await get_metric(client, f"forecast?{month}&variant={variant}")
            for variant in ("weighted", "best", "commit", "historical")
        }

        # weighted: 100 + 200 × 60 % + 50 × 90 %; of seven that were New one was won since
        assert {name: one["value"] for name, one in told.items()} == {
            "weighted": "265.00", "best": "350.00", "commit": "150.00", "historical": "107.14",
        }  # fmt: skip
        assert told["best"]["details"] == {
            "won_amount": "100.00", "expected_amount": "250.00", "expected": 3,
            "n_missing_amount": 1, "overdue": 1, "overdue_amount": "70.00", "without_date": 1,
        }  # fmt: skip
        assert set(told["best"]["details"]) <= set(DETAILS)
