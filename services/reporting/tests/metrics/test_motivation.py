"""What pay follows from figures, and how fast lookups are; counted by hand."""

from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from typing import Any
from zoneinfo import ZoneInfo

import httpx
from sqlalchemy import update
from sqlalchemy.ext.asyncio import AsyncSession

from crm_reporting.metrics.rules.hiding import DETAILS
from crm_reporting.metrics.rules.lookups import speed
from crm_reporting.metrics.rules.motivation import Terms, component, pay_months
from crm_reporting.metrics.rules.numbers import Reason
from crm_reporting.metrics.rules.periods import Period
from crm_reporting.pay_rules.models import PayRule
from crm_reporting.testing import DealStory, Tell, day, envelope, get_metric, moment, named, won
from crm_shared.clock import local_day, utc_now
from crm_shared.testing.events import announced
from crm_shared.testing.plugin import ClientAs

MARCH, APRIL = "from=2026-03-01&to=2026-04-01", "from=2026-04-01&to=2026-05-01"
OLENA, PETRO, KYIV, LVIV = (str(named(name)) for name in ("Olena", "Petro", "Kyiv", "Lviv"))
ZONE = ZoneInfo("Europe/Kyiv")
SOLD = {"metric": "sales_volume", "starts_on": "2026-01-01"}
STEPS = [{"from_percent": "80", "rate": "3"}, {"from_percent": "100", "rate": "5"}]
OF_SELLERS = {**SOLD, "role": "seller", "rate": "2", "steps": STEPS}
EACH = {"metric": "won_deals", "role": "seller", "rate": "2", "currency": "EUR",
        "starts_on": "2026-01-01", "ends_on": "2030-12-31"}  # fmt: skip
RULES: list[dict[str, Any]] = [OF_SELLERS, {**SOLD, "owner_id": PETRO, "rate": "4"}, EACH]


def post(user: str, team: str) -> dict[str, Any]:
    return {"role": "seller", "user_id": user, "team_id": team, "fte": "1", "pay": "100",
            "currency": "UAH", "starts_on": "2026-02-01"}  # fmt: skip


def cut(body: dict[str, Any]) -> dict[Any, Any]:
    return {one["key"]: one["value"] for one in body["breakdown"]}


class TestMotivationBase:
    """K70: rates by figures, with thresholds and steps of the plan, by the rules of the month."""

    async def test_is_reckoned_by_the_rules_of_the_month(
        self, client: httpx.AsyncClient, client_as: ClientAs, tell: Tell, rate: Any
    ) -> None:
        await rate("EUR", "UAH", "2026-01-01", "40")
        empty = await get_metric(client, f"motivation_base?{MARCH}")
        assert (empty["value"], empty["reason"]) == (None, "no_input")
        for path, bodies in (
            ("workforce", [post(OLENA, KYIV), post(PETRO, LVIV)]), ("pay-rules", RULES),
            ("plans", [{"metric": "sales_volume", "owner_id": OLENA, "value": "5000",
                        "currency": "UAH", "starts_on": "2026-03-01", "ends_on": "2026-03-31"}]),
        ):  # fmt: skip
            for body in bodies:
                answer = await client.post(f"/v1/{path}", json=body)
                assert answer.status_code == 201, answer.text
        again = won("b", on="03-20", amount="2000.0000")
        await tell(
            won("a", on="03-05", amount="3000.0000"), again,
            # late on the last of March by UTC it is April in Kyiv
            DealStory("d", at=day("03-01"), amount="700.0000").move(
                "Won", at=moment("2026-03-31 22:30")
            ),
            won("c", on="03-09", amount="1000.0000", owner_id=PETRO, team_id=LVIV),
            won("e", on="03-09", amount="10.0000", currency="USD", owner_id=PETRO, team_id=LVIV),
        )  # fmt: skip

        # Olena: the plan is reached, 5 % of 5000, and 80 for each of 2; Petro: 4 % of 1000, 80 × 2
        whole = await get_metric(client, f"motivation_base?{MARCH}&by=owner")
        assert (whole["value"], cut(whole)) == ("610.00", {OLENA: "410.00", PETRO: "200.00"})
        # nobody had entered a rule while March went on
        corrected = {"corrected": "610.00"}
        assert whole["details"] == {"months": 1, "people": 2, "without_plan": 0, **corrected}
        assert set(whole["details"]) <= set(DETAILS)
        by_team = await get_metric(client, f"motivation_base?{MARCH}&by=team")
        assert cut(by_team) == {KYIV: "410.00", LVIV: "200.00"}
        # one whole month lies in it; in April there is no plan: 2 % of 700 and 80
        longer = await get_metric(
            client, "motivation_base?from=2026-02-10&to=2026-05-01&interval=month&by=owner"
        )
        assert [one["value"] for one in longer["series"]] == [None, "610.00", "94.00"]
        assert longer["details"]["without_plan"] == 1

        # a sale that is opened again: withdrawn from its month, or taken back in its own
        await tell(again.move("Proposal", at=day("04-10")))
        assert (await get_metric(client, f"motivation_base?{MARCH}"))["value"] == "340.00"
        ledger = {
            one: (await get_metric(client, f"motivation_base?{one}&outcome=ledger"))["value"]
            for one in (MARCH, APRIL)
        }
        # 700 less 2000 at the rule's own 2 %; one win came, one went
        assert ledger == {MARCH: "610.00", APRIL: "-26.00"}

        for who, told in (
            (client_as("seller", user_id=named("Olena")), "140.00"),
            (client_as("head", team_ids=(named("Lviv"),)), "200.00"),
            (client_as("seller"), "0.00"),
        ):
            assert (await get_metric(who, f"motivation_base?{MARCH}"))["value"] == told
        for role in ("viewer", "marketing"):
            refused = await client_as(role).get(f"/v1/metrics/motivation_base?{MARCH}")
            assert refused.status_code == 403

    async def test_keeps_the_rules_of_months_that_are_over(
        self, client: httpx.AsyncClient, client_as: ClientAs, tell: Tell, session: AsyncSession
    ) -> None:
        made = await client.post("/v1/pay-rules", json=RULES[1])
        rule, any_revision = f"/v1/pay-rules/{made.json()['id']}", {"If-Match": "*"}
        await tell(won("a", on="03-05", amount="1000.0000", owner_id=PETRO))
        before = utc_now().isoformat().replace("+", "%2B")

        async def told(more: str = "") -> Any:
            return (await get_metric(client, f"motivation_base?{MARCH}{more}"))["value"]

        assert await told() == "40.00"
        dearer = await client.put(rule, json={**RULES[1], "rate": "9"}, headers=any_revision)
        shorter = await client.put(
            rule, json={**RULES[1], "ends_on": "2026-02-28"}, headers=any_revision
        )
        assert [one.status_code for one in (dearer, shorter)] == [409, 409]
        assert dearer.json()["code"] == "month-closed"
        ended = await client.put(
            rule, json={**RULES[1], "ends_on": "2030-12-31"}, headers=any_revision
        )
        assert (ended.status_code, ended.json()["ends_on"]) == (200, "2030-12-31")
        # ended with the month that is just over, as another rule holds from this one on; and back
        last = local_day(utc_now(), ZONE).replace(day=1) - timedelta(days=1)
        for ends_on in (f"{last}", None):
            body = {**RULES[1], "ends_on": ends_on}
            assert (await client.put(rule, json=body, headers=any_revision)).status_code == 200
        assert (await client.delete(rule, headers=any_revision)).status_code == 204
        assert (await client.get(rule)).status_code == 404
        assert (await told(), await told(f"&as_of={before}")) == (None, "40.00")
        said = [one.data.as_dict() for one in await announced(session)]
        assert all("rate" not in one["pay_rule"] for one in said if "pay_rule" in one)
        assert len(said) == 5

        stepped = await client.post("/v1/pay-rules", json=OF_SELLERS)
        again = {**OF_SELLERS, "steps": [{"from_percent": "80.0", "rate": "3.00"}, STEPS[1]]}
        path = stepped.headers["Location"]
        assert (await client.put(path, json=again, headers=any_revision)).status_code == 200
        assert (await client.delete(path, headers=any_revision)).status_code == 204

        for wrong, pointer in (
            ({"starts_on": "2026-01-02"}, "/starts_on"), ({"ends_on": "2026-03-30"}, "/ends_on"),
            ({"metric": "win_rate"}, "/metric"), ({"metric": "open_deals"}, "/metric"),
            ({"role": "seller"}, "/role"), ({"currency": "UAH"}, "/currency"),
            ({"rate": "101"}, "/rate"),
            ({"steps": STEPS[::-1]}, "/steps"),
        ):  # fmt: skip
            answer = await client.post("/v1/pay-rules", json={**RULES[1], **wrong})
            assert answer.status_code == 422, wrong
            assert answer.json()["errors"][0]["pointer"] == pointer
        assert (await client_as("head").get("/v1/pay-rules")).status_code == 403
        assert (await client.get("/v1/pay-rules?role=seller")).json()["items"] == []

    async def test_tells_apart_what_was_corrected_after_a_month_was_over(
        self, client: httpx.AsyncClient, tell: Tell, session: AsyncSession
    ) -> None:
        """Rules of before March ended, one entered since, those taken back (decision 0039)."""
        for user, team in ((OLENA, KYIV), (PETRO, LVIV)):
            await client.post("/v1/workforce", json=post(user, team))
        rules = [
            {**SOLD, "role": "seller", "rate": "2"},
            {"metric": "won_deals", "starts_on": "2026-01-01", "owner_id": PETRO, "rate": "30",
             "currency": "UAH"},
        ]  # fmt: skip
        made = [await client.post("/v1/pay-rules", json=one) for one in rules]
        entered = datetime(2026, 2, 3, tzinfo=UTC)
        await session.execute(update(PayRule).values(created_at=entered))
        await session.commit()
        await tell(
            won("a", on="03-05", amount="1000.0000"),
            won("b", on="03-09", amount="500.0000", owner_id=PETRO, team_id=LVIV),
        )
        path = f"motivation_base?{MARCH}&by=owner"

        async def told(more: str = "") -> list[Any]:
            body = await get_metric(client, path + more)
            rows = {one["key"]: one for one in body["breakdown"]}
            return [
                (one["value"], one["details"]["corrected"])
                for one in (body, rows[OLENA], rows[PETRO])
            ]

        kept = [("60.00", "0.00"), ("20.00", "0.00"), ("40.00", "0.00")]
        assert await told() == kept
        before = utc_now().isoformat().replace("+", "%2B")
        dearer = {**SOLD, "owner_id": OLENA, "rate": "9", "ends_on": "2026-03-31"}
        assert (await client.post("/v1/pay-rules", json=dearer)).status_code == 201
        assert await told() == [("130.00", "70.00"), ("90.00", "70.00"), kept[2]]
        between = utc_now().isoformat().replace("+", "%2B")
        for one in made:
            gone = await client.delete(one.headers["Location"], headers={"If-Match": "*"})
            assert gone.status_code == 204
        rows = await told()
        assert rows == [("90.00", "30.00"), ("90.00", "70.00"), ("0.00", "-40.00")]
        # what was told then is told again
        assert await told(f"&as_of={before}") == kept
        assert (await told(f"&as_of={between}"))[0] == ("130.00", "70.00")
        # as of a day in March nothing was over yet; in April there is no rule now
        early = await get_metric(client, f"motivation_base?{MARCH}&as_of=2026-03-20T00:00:00Z")
        assert early["details"]["corrected"] == "0.00"
        april = await get_metric(client, f"motivation_base?{APRIL}")
        assert (april["value"], april["details"]["corrected"]) == (None, "0.00")

    def test_goes_by_thresholds_and_steps(self) -> None:
        steps = [(Decimal(80), Decimal(3)), (Decimal(100), Decimal(5))]
        terms = Terms(Decimal(2), True, Decimal(1000), steps)

        def earned(value: int, plan: int | None = 2000) -> Decimal:
            return component(terms, Decimal(value), None if plan is None else Decimal(plan))

        assert [earned(999), earned(1000), earned(1600), earned(2000)] == [0, 20, 48, 100]
        # without a plan, and below nought, the rule's own rate
        assert [earned(2000, None), earned(2000, 0), earned(-2000)] == [40, 40, -40]
        assert component(Terms(Decimal(50), False, None, ()), Decimal(3), None) == 150

    def test_is_of_whole_months_and_the_present_one(self) -> None:
        def months(start: date, end: date) -> list[tuple[int, int]]:
            found = pay_months(Period(start, end), date(2026, 3, 20))
            return [(one.start.month, one.days) for one in found]

        assert months(date(2026, 1, 10), date(2026, 3, 10)) == [(2, 28)]
        assert months(date(2026, 2, 1), date(2026, 3, 21)) == [(2, 28), (3, 20)]
        assert months(date(2026, 3, 2), date(2026, 3, 21)) == []
        assert months(date(2026, 3, 1), date(2026, 6, 1)) == [(3, 31)]


def measured(publisher: str, name: str, kind: str, on: str, **counts: int) -> Any:
    buckets = [
        {"up_to_ms": None if bound == "more" else int(bound[1:]), "count": n}
        for bound, n in counts.items()
    ]
    told = {"kind": kind, "since": day(on).isoformat(), "until": day(on).isoformat(),
            "count": sum(counts.values()), "buckets": buckets}  # fmt: skip
    return envelope(
        f"crm.{publisher}.lookup.measured.v1", {"lookup": told}, subject=named(name), revision=1,
        at=day(on),
    )  # fmt: skip


class TestLookupTime:
    """K67: p50, p95 and p99 of search and views, as the services measure them."""

    async def test_is_told_by_what_every_process_measured(
        self, client: httpx.AsyncClient, client_as: ClientAs, tell: Tell
    ) -> None:
        nothing = await get_metric(client, f"lookup_time?{MARCH}")
        assert (nothing["value"], nothing["reason"]) == (None, "no_data")
        search = measured("contacts", "1", "search", "03-02", _25=40_000, _100=50_000, _2000=7_000)
        await tell(
            search, search,  # told twice is told once
            measured("contacts", "2", "search", "03-03", _5000=2_000, more=1_000),
            measured("deals", "3", "view", "03-03", _50=9, more=1),
        )  # fmt: skip
        told = await get_metric(client, f"lookup_time?{MARCH}&interval=day")
        assert (told["value"], told["unit"], told["n"]) == ("2000.00", "ms", 100_000)
        assert told["details"] == {
            "within_target_percent": "97.00", "p50_ms": 100, "p99_ms": 5000,
        }  # fmt: skip
        assert [one["n"] for one in told["series"][:3]] == [0, 97_000, 3_000]
        april = "from=2026-04-01&to=2026-05-01"
        await tell(measured("contacts", "4", "search", "04-02", _25=90_000))
        assert (await get_metric(client, f"lookup_time?{april}"))["n"] == 90_000
        views = await get_metric(client, f"lookup_time?{MARCH}&variant=view")
        # one of ten took longer than all bounds: nobody knows how long
        assert (views["value"], views["details"]["p50_ms"]) == (None, 50)
        then = utc_now().isoformat().replace("+", "%2B")
        again = await get_metric(client, f"lookup_time?{MARCH}&as_of={then}")
        assert again["value"] == told["value"]
        # measured of nobody's work: only who sees all sees it
        assert (await get_metric(client_as("seller"), f"lookup_time?{MARCH}"))["value"] is None

    def test_is_the_bound_of_its_bucket(self) -> None:
        assert speed({}).reason is Reason.NO_DATA
        assert [speed({25: 95, 50: 5}).value, speed({25: 94, 50: 6}).value] == [25, 50]
        assert speed({25: 1}).details["p99_ms"] == 25
