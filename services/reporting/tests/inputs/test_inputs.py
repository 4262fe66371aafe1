"""What people enter, who may, and what it is held against."""

from datetime import date, timedelta
from decimal import Decimal
from typing import Any

import httpx
from hypothesis import given
from hypothesis import strategies as st
from sqlalchemy.ext.asyncio import AsyncSession

from crm_reporting import events
from crm_reporting.inputs.rules.measures import by_month
from crm_reporting.inputs.rules.spreading import Span, months_in, months_of, part_in, whole_months
from crm_reporting.testing import DealStory, Tell, named, won
from crm_shared.clock import utc_now
from crm_shared.ids import new_id
from crm_shared.testing.events import recorded
from crm_shared.testing.plugin import ClientAs

DAY = "2026-03-01"
SPRING = {"starts_on": "2026-03-01", "ends_on": "2026-05-31"}
COST = {"category": "exhibition", "amount": "920", "currency": "UAH", "channel": "fair", **SPRING}
STAFF = {
    "role": "seller",
    "fte": "0.5",
    "pay": "11000",
    "currency": "UAH",
    "starts_on": "2026-03-01",
}
INVESTMENT = {"kind": "licence", "amount": "15000", "currency": "UAH", "starts_on": "2026-03-01"}
BASELINE = {"metric": "lost_call_rate", "value": "12.5", "note": "counted by Olena", **SPRING}
PLAN = {"metric": "won_deals", "value": "4", **SPRING}
ANY = {"If-Match": "*"}


ANY = {"If-Match": "*"}


async def post(client: httpx.AsyncClient, path: str, body: dict[str, Any]) -> dict[str, Any]:
    answer = await client.post(path, json=body)
    assert answer.status_code == 201, answer.text
    found: dict[str, Any] = answer.json()
    return found


CHANGES = (
    ("costs", COST, {"amount": "930"}, "Cost"),
    ("workforce", STAFF, {"pay": "12000"}, "Staff"),
    ("investments", INVESTMENT, {"kind": "training"}, "Investment"),
    ("plans", PLAN, {"value": "5"}, "Plan"),
)


async def test_one_change_is_one_revision_and_one_event(
    client: httpx.AsyncClient, session: AsyncSession
) -> None:
    """F15 and E5: entered, corrected, taken back; what was typed stays out of the events."""
    for path, body, change, noun in CHANGES:
        await _lives(client, session, path, body, change, noun)


async def _lives(
    client: httpx.AsyncClient, session: AsyncSession,
    path: str, body: dict[str, Any], change: dict[str, str], noun: str,
) -> None:  # fmt: skip
    made = await post(client, f"/v1/{path}", {**body, "note": "of Petro"})
    url = f"/v1/{path}/{made['id']}"
    stale = await client.put(url, json={**body, **change}, headers={"If-Match": '"9"'})
    assert stale.status_code == 412
    same = await client.put(url, json={**body, "note": "of Petro"}, headers=ANY)
    assert same.json()["revision"] == 1
    changed = await client.put(url, json={**body, **change, "note": "of Petro"}, headers=ANY)
    assert changed.json()["revision"] == 2
    assert (await client.delete(url, headers=ANY)).status_code == 204
    assert (await client.get(url)).status_code == 404
    assert (await client.get(f"/v1/{path}")).json()["items"] == []
    told = [
        one
        for verb in ("Created", "Updated", "Deleted")
        for one in await recorded(session, getattr(events, f"{noun}{verb}"))
    ]
    assert [(one.revision, one.data.changed) for one in told] == [
        (1, []), (2, list(change)), (3, ["deleted_at"]),
    ]  # fmt: skip
    # the pay stays here: events reach keys and other systems
    assert "pay" not in told[0].data.model_dump_json()
    assert told[1].data.changed == list(change)
    assert "Petro" not in "".join(one.model_dump_json() for one in told)


WRONG: tuple[tuple[Any, ...], ...] = (
    ("costs", COST | {"ends_on": "2026-02-01"}, "/ends_on"),
    ("costs", COST | {"ends_on": "9999-12-31"}, "/ends_on"),
    ("costs", COST | {"starts_on": "0001-01-01"}, "/starts_on"),
    ("baselines", BASELINE | {"ends_on": "2126-03-01"}, "/ends_on"),
    ("costs", COST | {"amount": "-1"}, "/amount"),
    ("costs", COST | {"category": "Оля"}, "/category"),
    ("plans", PLAN | {"metric": "nonsense"}, "/metric"),
    ("plans", PLAN | {"metric": "sales_volume"}, "/currency"),
    ("plans", PLAN | {"currency": "UAH"}, "/currency"),
    ("workforce", STAFF | {"fte": "0"}, "/fte"),
    ("investments", INVESTMENT | {"hours": "2"}, "/amount", "/hours"),
    ("investments", {**INVESTMENT, "amount": None, "users": "2"}, "/price"),
    ("baselines", BASELINE | {"months": {"13": "1"}}, "/months/13"),
    ("baselines", BASELINE | {"surprise": "1"}, "/surprise"),
)


async def test_bad_input_names_field_and_rule(client: httpx.AsyncClient) -> None:
    """F15: 422, nothing written."""
    for path, wrong, *pointers in WRONG:
        answer = await client.post(f"/v1/{path}", json=wrong)
        assert answer.status_code == 422, answer.text
        assert [error["pointer"] for error in answer.json()["errors"]] == pointers
        assert (await client.get(f"/v1/{path}")).json()["items"] == []


ENDLESS = (
    ("from=0001-01-01&to=9999-12-31", "/query/from", "out-of-range"),
    ("from=2026-01-01&to=9999-12-31", "/query/to", "out-of-range"),
    ("from=2026-01-01&to=2126-01-01", "/query/to", "period-too-long"),
    ("from=2026-01-01&to=2026-01-01", "/query/to", "empty-period"),
)


async def test_a_time_without_bounds_is_refused(client: httpx.AsyncClient) -> None:
    """F15: nothing is worked through that has no end."""
    for path in ("costs/spread", "effect"):
        for asked, pointer, code in ENDLESS:
            answer = await client.get(f"/v1/{path}?{asked}")
            assert answer.status_code == 422, answer.text
            told = [(error["pointer"], error["code"]) for error in answer.json()["errors"]]
            assert told == [(pointer, code)]


async def test_only_those_who_keep_the_books_may(client_as: ClientAs) -> None:
    """E5: pay and investments are nobody else's; marketing keeps its own costs."""
    for role in ("head", "seller", "viewer", "integration", "marketing"):
        for path in ("baselines", "workforce", "investments", "effect/setup", "effect/workbook"):
            assert (await client_as(role).get(f"/v1/{path}")).status_code == 403, (role, path)
    assert (await client_as("marketing").post("/v1/costs", json=COST)).status_code == 201
    assert (await client_as("viewer").get("/v1/costs")).status_code == 403


class TestR5Baselines:
    async def test_are_frozen_with_who_when_and_from_where(
        self, client: httpx.AsyncClient, session: AsyncSession
    ) -> None:
        """R5: typed, or sampled for a week; one at a time, withdrawn but never changed."""
        made = await post(client, "/v1/baselines", BASELINE | {"source": "sampled"})
        assert (made["source"], made["metric_version"]) == ("sampled", 1)
        assert made["recorded_by"]
        again = await client.post("/v1/baselines", json=BASELINE)
        assert (again.status_code, again.json()["code"]) == (409, "baseline-exists")
        url = f"/v1/baselines/{made['id']}"
        assert (await client.put(url, json=BASELINE, headers=ANY)).status_code == 405
        assert (await client.delete(url, headers=ANY)).status_code == 204
        await post(client, "/v1/baselines", BASELINE)
        told = await recorded(session, events.BaselineCreated)
        assert [one.data.baseline.value for one in told] == [Decimal("12.5")] * 2
        assert "Olena" not in "".join(one.model_dump_json() for one in told)

    async def test_are_computed_from_the_history_that_is_there(
        self, client: httpx.AsyncClient, tell: Tell
    ) -> None:
        """R5: imported history; every whole month is kept for the seasons."""
        await tell(
            won("a", on="03-05", amount="100.0000"), won("b", on="03-20", amount="300.0000"),
            won("c", on="05-02", amount="50.0000"), won("d", on="06-02", amount="999.0000"),
        )  # fmt: skip
        made = await post(client, "/v1/baselines/computed", {"metric": "sales_volume", **SPRING})
        assert (made["value"], made["currency"], made["source"]) == ("450", "UAH", "computed")
        assert made["months"] == {"3": "400", "4": "0", "5": "50"}
        # 92 days, 26 of them at the end of a week
        assert made["working_days"] == 65
        past = {"starts_on": "2025-01-01", "ends_on": "2025-02-01"}
        nothing = {"metric": "average_deal_sum", **past}
        for body in (nothing, {"metric": "lost_call_rate", **SPRING}):
            refused = await client.post("/v1/baselines/computed", json=body)
            assert (refused.status_code, refused.json()["code"]) == (422, "no-history")


class TestK47Plans:
    async def test_are_held_against_the_facts_within_ones_scope(
        self, client: httpx.AsyncClient, client_as: ClientAs, tell: Tell
    ) -> None:
        """K47: of a person, of the company; not capped; a plan of nought is null."""
        owner = named("Olena")
        await tell(
            won("a", on="03-05", amount="100.0000"), won("b", on="03-20", amount="300.0000"),
            won("c", on="05-02", amount="200.0000", owner_id=named("Taras")),
        )  # fmt: skip
        plan = {"metric": "sales_volume", "value": "300", "currency": "UAH", **SPRING}
        company = await post(client, "/v1/plans", plan)
        told = (await client.get(f"/v1/plans/{company['id']}/attainment")).json()
        assert (told["actual"], told["percent"], told["pace"]) == ("600", "200.00", "200.00")
        assert told["facts_url"] == "/v1/metrics/sales_volume/facts?from=2026-03-01&to=2026-06-01"
        mine = await post(client, "/v1/plans", plan | {"owner_id": str(owner)})
        told = (await client.get(f"/v1/plans/{mine['id']}/attainment")).json()
        assert (told["actual"], told["percent"]) == ("400", "133.33")

        nought = await post(client, "/v1/plans", plan | {"value": "0"})
        told = (await client.get(f"/v1/plans/{nought['id']}/attainment")).json()
        assert (told["percent"], told["reason"]) == (None, "no_plan")
        length = await post(client, "/v1/plans", PLAN | {"metric": "deal_length", "value": "16"})
        told = (await client.get(f"/v1/plans/{length['id']}/attainment")).json()
        # less is better: 16 days allowed, 28.35 taken, with the hour that summer time adds
        assert told["percent"] == "56.44"

        # a ratio does not grow with the days: one of five won, on the first days of three months
        now = utc_now()
        decided = [
            DealStory(f"r{n}", at=now).move("Lost" if n else "Won", at=now) for n in range(5)
        ]
        await tell(*decided)
        ahead = (now - timedelta(days=2), now + timedelta(days=88))
        span = {name: at.date().isoformat() for name, at in zip(SPRING, ahead, strict=True)}
        rate = {"metric": "win_rate", "value": "40", **span}
        rate = await post(client, "/v1/plans", rate)
        told = (await client.get(f"/v1/plans/{rate['id']}/attainment")).json()
        assert (told["actual"], told["percent"], told["pace"]) == ("20", "50.00", "50.00")
        assert (await client.delete(f"/v1/plans/{rate['id']}", headers=ANY)).status_code == 204

        # the report asks once for the plans of all people: the same, and nought of who sold nothing
        for name in ("Taras", "Nobody"):
            await post(client, "/v1/plans", plan | {"owner_id": str(named(name))})
        report = (await client.get("/v1/reports/plan_fact?from=2026-03-01&to=2026-06-01")).json()
        rows = report["tables"][0]["rows"]
        people = {row["values"]["whose"]: row["values"] for row in rows}
        facts = {name: people[str(named(name))]["fact"] for name in ("Olena", "Taras", "Nobody")}
        assert facts == {"Olena": "400.00", "Taras": "200.00", "Nobody": "0.00"}
        assert people[str(owner)]["percent"] == "133.33"
        assert {"600.00", "28.35"} <= {row["values"]["fact"] for row in rows}

        seller = client_as("seller", user_id=owner)
        seen = (await seller.get("/v1/plans")).json()["items"]
        assert [each["id"] for each in seen] == [mine["id"]]
        assert (await seller.get(f"/v1/plans/{company['id']}/attainment")).status_code == 404
        assert (await seller.post("/v1/plans", json=plan)).status_code == 403

    async def test_heads_plan_for_their_own_teams(self, client_as: ClientAs) -> None:
        """R8: a head sets plans of his team, not of others, nor the company's."""
        team = new_id()
        head = client_as("head", team_ids=(team,))
        await post(head, "/v1/plans", PLAN | {"team_id": str(team)})
        for other in ({}, {"team_id": str(new_id())}):
            refused = await head.post("/v1/plans", json=PLAN | other)
            assert (refused.status_code, refused.json()["code"]) == (403, "outside-scope")


class TestF15Costs:
    async def test_are_spread_by_days_over_their_time(
        self, client: httpx.AsyncClient, rate: Any
    ) -> None:
        """F15, G4, K11: 920 over 92 days is 310 in March; euros at their rate, the rest apart."""
        await rate("EUR", "UAH", "2026-03-01", "45")
        await post(client, "/v1/costs", COST)
        stamps = COST | {"category": "stamps", "amount": "2", "starts_on": "2026-03-31"}
        euros = {"currency": "EUR", "ends_on": "2026-03-31"}
        dollars = {"currency": "USD", "ends_on": "2026-04-01"}
        await post(client, "/v1/costs", stamps | euros)
        await post(client, "/v1/costs", stamps | dollars)
        told = (await client.get("/v1/costs/spread?from=2026-03-01&to=2026-04-01")).json()
        assert told["amount"] == "400.00"
        assert {each["key"]: each["amount"] for each in told["parts"]} == {
            "exhibition": "310.00", "stamps": "90.00",
        }  # fmt: skip
        assert [each["share"] for each in told["parts"]] == ["77.50", "22.50"]
        assert told["unconverted"] == {"USD": "1.00"}
        quarter = (
            await client.get("/v1/costs/spread?from=2026-03-01&to=2026-06-01&by=channel")
        ).json()
        assert [each["amount"] for each in quarter["months"]] == ["400.00", "300.00", "310.00"]
        assert quarter["parts"] == [{"key": "fair", "amount": "1010.00", "share": "100.00"}]
        for wrong in (
            "from=2026-04-01&to=2026-04-01",
            "from=2026-03-01&to=2026-04-01&currency=ABC",
        ):
            assert (await client.get(f"/v1/costs/spread?{wrong}")).status_code == 422


days = st.dates(date(2024, 1, 1), date(2027, 12, 31))


def test_months_of_several_years_are_their_mean() -> None:
    """E17: of a time before the CRM longer than a year both Januaries count."""
    told = by_month([(1, Decimal(100)), (2, Decimal(7)), (1, Decimal(300))])
    assert told == {"1": "200", "2": "7"}


@given(st.tuples(days, days).map(sorted), st.decimals(0, 10**6, places=2))
def test_parts_of_a_cost_make_the_whole(ends: list[date], amount: Decimal) -> None:
    """F15: whatever the time, months add up to the amount; a span has as many months as it has."""
    over = Span(ends[0], ends[1])
    months = months_of(over)
    assert sum(part_in(amount, over, month) for month in months) == amount
    assert months[0].first == over.first
    assert months[-1].last == over.last
    assert sum(month.days for month in months) == over.days
    assert len(whole_months(over)) <= months_in(over, over) <= len(months)
