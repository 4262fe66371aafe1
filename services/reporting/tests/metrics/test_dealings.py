"""Dealings with customers: one spring, counted by hand."""

from datetime import timedelta
from decimal import Decimal
from typing import Any
from urllib.parse import quote
from zoneinfo import ZoneInfo

import httpx
from sqlalchemy.ext.asyncio import AsyncSession

from crm_reporting.metrics.queries.labels import labels_of
from crm_reporting.metrics.queries.portrait import attributes_of
from crm_reporting.metrics.rules.catalogue import Dimension
from crm_reporting.metrics.rules.hiding import DETAILS
from crm_reporting.metrics.rules.numbers import Figure, Reason
from crm_reporting.metrics.rules.reliability import attitude
from crm_reporting.metrics.rules.worth import Part, pareto_of, profit_per_client
from crm_reporting.testing import (
    DealStory,
    SubjectStory,
    Tell,
    company_told,
    day,
    envelope,
    get_metric,
    line,
    lost,
    moment,
    named,
    won,
)
from crm_shared.clock import local_day, utc_now
from crm_shared.events import refs
from crm_shared.testing.plugin import ClientAs

DAYS = "from=2026-03-01&to=2026-04-01"
KYIV = ZoneInfo("Europe/Kyiv")
SILPO, FOZZY, NOVA, BAD, CALM, OLD = (
    named(name) for name in ("Silpo", "Fozzy", "Nova", "Bad", "Calm", "Old")
)


# nobody left, no invoice grew old and no month went by in days to come
AS_OF_TODAY = (
    "contact_intensity", "new_customers", "active_customers", "retention", "customer_life",
    "customer_classes", "profit_per_client", "lifetime_value", "lost_clients", "class_moves",
    "word_of_mouth", "unreliable_customers", "attitude",
)  # fmt: skip


def met(name: str, company: Any, at: Any, **facts: Any) -> SubjectStory:
    return SubjectStory("activity", name, at=at, kind="meeting", company_id=company, **facts).say(
        "completed", at=at, status="done", completed_at=at
    )


def promised(name: str, company: Any, due: str, *, kept: bool) -> SubjectStory:
    story = SubjectStory("activity", f"promise {name}", at=day("03-01"), kind="meeting",
                         company_id=company, is_promise=True, due_at=day(due))  # fmt: skip
    if kept:
        return story.say("completed", at=day(due), status="done", completed_at=day(due))
    return story.say("missed", at=day(due), status="missed", missed_at=day(due))


def called(name: str, at: Any, **facts: Any) -> SubjectStory:
    return SubjectStory("call", name, "logged", at=at, started_at=at, **facts)


def solved(name: str, company: Any, came: str, on: str, topic: str) -> SubjectStory:
    story = SubjectStory("case", name, at=day(came), company_id=company, topic=topic)
    at = day(on)
    return story.say("solved", at=at, status="solved", solved_at=at, outcome="success")


def scored(name: str, company: Any, score: int) -> SubjectStory:
    at = day("03-20")
    story = SubjectStory("feedback", name, "requested", at=at, company_id=company)
    return story.say("submitted", at=at, score=score, submitted_at=at)


def billed(name: str, company: Any, due: str, **facts: Any) -> SubjectStory:
    return SubjectStory("invoice", name, "issued", at=day("03-01"), issue_date="2025-11-20",
                        due_date=due, company_id=company, **facts)  # fmt: skip


def spring() -> list[Any]:
    crane = [line("crane", "100") | {"unit_cost": "25.0000"}]
    older = [line("crane", "100") | {"unit_cost": "40.0000"}]
    return [
        # 10 days; then, after that closing, 2 more with the company that was merged into it
        SubjectStory("lead", "silpo", at=day("03-01"), company_id=SILPO),
        met("silpo", SILPO, day("03-02")), called("silpo", day("03-03"), company_id=SILPO),
        called("short", day("03-03"), company_id=SILPO, duration_s=5),
        won("silpo", on="03-11", company_id=SILPO, line_items=crane),
        met("silpo ltd", named("Silpo Ltd"), day("03-18")),
        won("silpo again", on="03-20", company_id=SILPO),
        # noon to noon over the night of 23 hours: two days by the wall clock
        met("fozzy", FOZZY, day("03-28")),
        DealStory("fozzy", at=day("03-01"), company_id=FOZZY).move(
            "Won", at=moment("2026-03-30 09:00")),
        won("nova", on="03-12", company_id=NOVA, owner_id=named("Petro")),
        met("bad", BAD, day("03-06")), promised("bad", BAD, "03-07", kept=False),
        lost("bad", on="03-08", company_id=BAD),
        promised("calm", CALM, "03-05", kept=False),
        promised("calm again", CALM, "03-06", kept=True),
        lost("calm", on="03-09", company_id=CALM),
        DealStory("old", at=moment("2025-03-01 10:00"), company_id=OLD, line_items=older).move(
            "Won", at=moment("2025-03-10 10:00")),
        DealStory("due", at=day("02-10"), amount="500.0000", expected_close_date="2026-03-20"),
        solved("c1", SILPO, "03-09", "03-10", "delivery"),
        SubjectStory("case", "c2", at=day("03-12"), company_id=SILPO, topic="delivery"),
        solved("c3", FOZZY, "03-14", "03-15", "price"),
        SubjectStory("case", "c4", at=day("03-16"), company_id=FOZZY, topic="delivery"),
        scored("happy", SILPO, 5), scored("unhappy", FOZZY, 1),
        called("rang", day("03-20"), answered=False, duration_s=None, contact_id=named("Ivan")),
        called("back", moment("2026-03-20 10:20"), direction="outbound",
               contact_id=named("Ivan")),
        called("rang off", day("03-21"), answered=False, duration_s=None,
               contact_id=named("Mariia")),
        billed("b1", BAD, "2025-12-01"), billed("b2", BAD, "2026-01-10"),
        billed("b3", FOZZY, "2026-03-10").say("paid", status="paid", due="0.0000",
                                              paid_on="2026-03-10"),
        SubjectStory("claim", "nova", "recorded", at=day("03-05"), company_id=NOVA,
                     kind="breach_by_customer", claimed_on="2026-03-05"),
    ]  # fmt: skip


class TestDealings:
    """K18, K19, K23, K29, K30, K32, K34, K43, K52, K53, K55, K59, K63, K65, D9, C8, G1: by hand."""

    async def test_are_told_as_counted_by_hand(
        self, client: httpx.AsyncClient, tell: Tell, merged: Any
    ) -> None:
        await tell(*spring())
        await merged("company", named("Silpo Ltd"), SILPO)
        for metric, value in (("call_sales_share", "50"), ("call_conversion", "20"),
                              ("lost_prospect_chance", "10")):  # fmt: skip
            body = {"metric": metric, "value": value, "starts_on": "2025-03-01",
                    "ends_on": "2025-03-31"}  # fmt: skip
            assert (await client.post("/v1/baselines", json=body)).status_code == 201

        expected: dict[str, tuple[str | None, dict[str, Any]]] = {
            "decision_time": ("4.67", {"median": "2.00", "lost_mean": "2.50"}),
            "contacts_per_client": ("1.00", {"with_lost": "1.67"}),
            "contact_intensity": ("0.71", {"contacts": 7}),
            "repeat_appeals": ("50.00", {"first_contact": "50.00", "without_topic": 0}),
            "profit_per_client": ("25.00", {"gross_profit": "75.00"}),
            "lifetime_value": ("25.00", {"expected_months": "1.02"}),
            "lost_clients": ("100.00", {"customers": 1, "lost_profit": "5.09"}),
            "class_moves": ("0.00", {}),
            "pareto&variant=gross_profit": ("100.00", {"customers": 1}),
            "pareto_of_staff&variant=revenue": ("100.00", {"people": 2}),
            # 30 hear it, a tenth is lost; of six created three were won, at 133.33 each
            "word_of_mouth": (
                "30",
                {"positive_reach": 5, "unhappy": 1, "churned": 1, "expected_loss": "200.00"},
            ),
            "promise_losses": ("10.00", {}),
            "missed_income": ("10.00", {"missed": 2, "lost_calls": 1}),
            "forecast_error": ("-87.50", {"expected_amount": "50.00", "won_amount": "400.00"}),
            "forecast_error&variant=best": ("25.00", {"expected_amount": "500.00"}),
            "unreliable_customers": ("66.67", {"late_payers": 1, "breached": 1, "customers": 2}),
            "attitude": ("45.83", {"below_half": 2}),
        }
        for question, (figure, details) in expected.items():
            name, _, more = question.partition("&")
            told = await get_metric(client, f"{name}?{DAYS}&{more}")
            assert told["value"] == figure, (question, told)
            assert details.items() <= told["details"].items(), (question, told["details"])
            assert set(told["details"]) <= set(DETAILS), question
        cuts = {
            name: {
                one["key"]: one["value"]
                for one in (await get_metric(client, f"{name}?{DAYS}&by={by}"))["breakdown"]
            }
            for name, by in (("contacts_per_client", "kind"), ("class_moves", "kind"),
                             ("contact_intensity", "customer"))
        }  # fmt: skip
        assert cuts["contacts_per_client"] == {"meeting": "0.67", "call": "0.33"}
        assert cuts["class_moves"] == {"A>N": "100.00", "new>A": "100.00"}
        assert cuts["contact_intensity"][str(SILPO)] == "0.70"
        assert (await get_metric(client, f"decision_time?{DAYS}"))["coverage"] == "0.7500"
        # days to come are no weeks without contact, and a sale of unknown cost no profit of nought
        for name in AS_OF_TODAY:
            so_far, ahead = [
                await get_metric(client, f"{name}?from=2026-03-01&to={end}")
                for end in (local_day(utc_now(), KYIV) + timedelta(days=1), "2199-01-01")
            ]
            for one in ("value", "n", "details", "breakdown"):
                assert so_far[one] == ahead[one], (name, one)
        for wrong, field, code in (
            ("pareto?until_a=50", "until_a", "unknown-parameter"),
            ("customer_classes?until_a=95", "until_b", "out-of-range"),
            ("class_moves?until_b=100", "until_b", "less_than"),
        ):
            refused = await client.get(f"/v1/metrics/{wrong}")
            told = refused.json()["errors"][0]
            assert (refused.status_code, told["code"]) == (422, code), wrong
            assert told["pointer"] == f"/query/{field}", wrong
        # of days that nobody has seen nobody can say who left in them
        for name in (*AS_OF_TODAY, "portrait"):
            unseen = await get_metric(client, f"{name}?from=2198-01-01&to=2199-01-01")
            assert unseen["value"] is None, name
        bare = await get_metric(client, f"gross_profit?{DAYS}&customer_id={NOVA}")
        assert (bare["value"], bare["reason"], bare["coverage"]) == (None, "no_data", "0.0000")
        # no half of a figure is narrowed alone: the forecast knows nobody's filter but the scope's
        for wrong in ("forecast_error?owner_id=", "customers_in_work?customer_id="):
            refused = await client.get(f"/v1/metrics/{wrong}{NOVA}")
            assert refused.status_code == 422, wrong
            assert refused.json()["errors"][0]["code"] == "unknown-dimension"

    async def test_are_nothing_over_nothing(self, client: httpx.AsyncClient) -> None:
        """G2: 2.2 (Frappe: an average of nothing is 0): silence is no nought."""
        for name, reason in (
            ("decision_time", "no_data"), ("contacts_per_client", "no_denominator"),
            ("contact_intensity", "no_data"), ("repeat_appeals", "no_denominator"),
            ("profit_per_client", "no_data"), ("lifetime_value", "no_data"),
            ("lost_clients", "no_denominator"), ("class_moves", "no_denominator"),
            ("pareto_of_staff", "no_data"), ("word_of_mouth", "no_data"),
            ("missed_income", "no_data"), ("forecast_error", "no_denominator"),
            ("unreliable_customers", "no_denominator"), ("attitude", "no_data"),
        ):  # fmt: skip
            body = await get_metric(client, f"{name}?{DAYS}")
            assert (body["value"], body["reason"]) == (None, reason), name
        assert (await get_metric(client, f"promise_losses?{DAYS}"))["value"] == "0.00"


class TestCustomersInWork:
    """K27: by days, each customer once, with whoever had him then; active by deals of all kinds."""

    async def test_are_counted_by_the_days_of_their_owners(
        self, client: httpx.AsyncClient, client_as: ClientAs, tell: Tell
    ) -> None:
        olena, petro = named("Olena"), named("Petro")
        busy, handed, idle, nobodys, buyer = (
            SubjectStory("company", name, at=day("03-01"), owner_id=owner)
            for name, owner in (
                ("busy", olena), ("handed", petro), ("idle", olena), ("nobody's", None),
                ("buyer", petro),
            )
        )  # fmt: skip
        handed.say("updated", at=day("03-21"), owner_id=olena)
        await tell(
            busy, handed, idle, nobodys, buyer,
            # planned from the 9th to the 12th, a deal from the 11th on: 23 days, each once
            SubjectStory("activity", "a", at=day("03-09"), company_id=busy.id, due_at=day("03-12"))
            .say("completed", at=day("03-12"), status="done", completed_at=day("03-12")),
            DealStory("a", at=day("03-11"), company_id=busy.id),
            DealStory("b", at=day("03-11"), company_id=busy.id, owner_id=petro),
            # a lead from the 16th to the 26th: five days with each of his two owners
            SubjectStory("lead", "b", at=day("03-16"), company_id=handed.id)
            .say("converted", at=day("03-26"), status="converted"),
            DealStory("d", at=day("03-01"), company_id=nobodys.id),
            DealStory("e", at=moment("2025-06-01 10:00"), company_id=buyer.id)
            .move("Won", at=moment("2025-06-01 12:00")),
        )  # fmt: skip

        told = await get_metric(client, f"customers_in_work?{DAYS}&by=owner")
        cut = {one["key"]: one["value"] for one in told["breakdown"]}
        # 28 and 36 of 31 days; 64 days of three customers, by two heads
        assert cut == {str(olena): "0.90", str(petro): "1.16"}
        assert (told["value"], told["details"]) == (
            "1.03", {"customers": 3, "unowned": 1, "per_head": 1},
        )  # fmt: skip
        buyers = await get_metric(client, f"customers_in_work?{DAYS}&variant=active_buyers")
        own = await get_metric(client_as("seller", user_id=petro), f"customers_in_work?{DAYS}")
        assert (buyers["value"], own["value"]) == ("1.00", "1.16")
        then = await client.get("/v1/metrics/customers_in_work", params={
            "from": "2026-03-01", "to": "2026-04-01", "as_of": utc_now().isoformat(),
        })  # fmt: skip
        assert then.json()["value"] == "1.03"
        assert (await get_metric(client, "customers_in_work?from=2024-03-01&to=2024-04-01"))[
            "reason"
        ] == "no_denominator"


class TestWhoIsACustomer:
    """G9, G14: merged ones are one, told apart as it was; a parent stands for its parts."""

    async def test_is_the_company_its_survivor_or_its_parent(
        self, client: httpx.AsyncClient, tell: Tell, merged: Any
    ) -> None:
        companies = {"Silpo": "Fozzy Group", "Fozzy": "Fozzy Group", "Fozzy Group": None}
        await tell(
            *(company_told(name, sector=None, parent=parent) for name, parent in companies.items()),
            won("a", on="03-05", company_id=SILPO),
            won("b", on="03-10", company_id=named("Silpo Ltd")),
            won("c", on="03-12", company_id=FOZZY),
        )
        await merged("company", named("Silpo Ltd"), SILPO)

        async def new(more: str) -> tuple[str, int]:
            told = await get_metric(client, f"repeat_sales?{DAYS}&{more}")
            return (await get_metric(client, f"new_customers?{DAYS}&{more}"))["value"], told["n"]

        assert await new("") == ("2", 1)
        assert await new("as_was=true") == ("3", 0)
        assert await new("customers=parent") == ("1", 2)
        assert await new("customers=parent&as_was=true") == ("2", 1)
        cut = await get_metric(client, f"sales_volume?{DAYS}&by=company&customers=parent")
        assert [(one["key"], one["value"]) for one in cut["breakdown"]] == [
            (str(named("Fozzy Group")), "300.00")
        ]
        words = await client.get(f"/v1/metrics/new_customers/explain?{DAYS}&as_was=true")
        assert "before records were merged" in str(words.json()["filters"])
        # as_of: the merges that were known then, whatever was merged or told apart since
        said = {"loser_id": str(named("Silpo Ltd")), "survivor_id": str(SILPO)}
        told = [
            envelope(f"crm.contacts.company.{verb}.v1",
                     company_told("Silpo", sector=None, parent="Fozzy Group").data.as_dict() | said,
                     subject=SILPO, revision=revision, at=day("03-20"))
            for revision, verb in ((2, "merged"), (3, "unmerged"), (4, "merged"))
        ]  # fmt: skip
        before = utc_now()
        told = [
            one.model_copy(update={"recordedtime": before + timedelta(seconds=n)})
            for n, one in enumerate(told, start=1)
        ]
        await tell(*told)
        for seconds, found in ((0, "3"), (1, "2"), (2, "3"), (3, "2")):
            then = quote((before + timedelta(seconds=seconds)).isoformat())
            assert (await new(f"as_of={then}"))[0] == found, seconds
            in_group = "1" if found == "2" else "2"
            assert (await new(f"customers=parent&as_of={then}"))[0] == in_group, seconds

    async def test_is_named_however_many_there_are(self, session: AsyncSession) -> None:
        """G5: a cut by customer of a large base: PostgreSQL takes 32,767 arguments, not more."""
        many = [named(str(n)) for n in range(33_000)]
        await refs.keep(
            session, "company", [refs.RefItem(id=many[-1], revision=1, data={"name": "Silpo"})]
        )

        assert await labels_of(session, Dimension.CUSTOMER, many) == {many[-1]: "Silpo"}
        assert not await labels_of(session, Dimension.PRODUCT, many)
        assert not await attributes_of(session, many)


class TestFormulas:
    """K34, K56, K65: the edge cases of each."""

    def test_weigh_people_by_full_time(self) -> None:
        people = [Part(Decimal(60), Decimal(1)), Part(Decimal(30), Decimal("0.5")),
                  Part(Decimal(20), Decimal(1)), Part(Decimal(-10), Decimal("0.5"))]  # fmt: skip

        told = pareto_of(people)

        # 60 and 30 of 100 make four fifths: one and a half of three full-time people
        assert [told.value, told.details["people"]] == [50, 2]
        assert pareto_of([Part(Decimal(-1), Decimal(1))]).reason is Reason.NO_DATA

    def test_tell_no_profit_without_costs_and_no_attitude_without_signs(self) -> None:
        known = Figure(Decimal(100), 2, coverage=Decimal("0.5"))

        assert profit_per_client(known, 4, serving=Decimal(120)).value == -5
        assert profit_per_client(Figure(Decimal(0), 0, coverage=Decimal(0)), 4).value is None
        assert attitude(0, None, 0).reason is Reason.NO_DATA
