"""Figures that stand on what was entered: costs, staff, plans, baselines; counted by hand."""

from datetime import date, timedelta
from decimal import Decimal
from fractions import Fraction
from typing import Any
from zoneinfo import ZoneInfo

import httpx
from sqlalchemy.ext.asyncio import AsyncSession

from crm_reporting.inputs.rules.spreading import Span
from crm_reporting.metrics.rules.dimensions import Direction
from crm_reporting.metrics.rules.hiding import DETAILS
from crm_reporting.metrics.rules.numbers import Figure, Reason
from crm_reporting.metrics.rules.periods import Period
from crm_reporting.metrics.rules.planning import Target, asked_of, attained
from crm_reporting.metrics.rules.spending import attract_to_keep, romi
from crm_reporting.metrics.rules.staffing import growth, growth_of, per_day, per_employee
from crm_reporting.testing import SubjectStory, Tell, day, get_metric, named, won
from crm_shared.clock import local_day, utc_now
from crm_shared.testing.events import announced
from crm_shared.testing.plugin import ClientAs

KYIV = ZoneInfo("Europe/Kyiv")
DAYS = "from=2026-03-01&to=2026-04-01"
MARCH = Period(date(2026, 3, 1), date(2026, 4, 1))
OLENA, PETRO = str(named("Olena")), str(named("Petro"))
MONTH = {"starts_on": "2026-03-01", "ends_on": "2026-03-31"}
COSTS = [
    {"category": "ads", "channel": "web", "amount": "3100", "currency": "UAH", **MONTH},
    # 61 days, of which 31 lie in March: at 40 they cost 1240
    {"category": "exhibition", "channel": "fair", "amount": "61", "currency": "EUR",
     "starts_on": "2026-03-01", "ends_on": "2026-04-30"},
    {"category": "gifts", "amount": "500", "currency": "UAH", "purpose": "retention",
     "starts_on": "2026-03-10", "ends_on": "2026-03-10"},
    {"category": "ads", "channel": "web", "amount": "10", "currency": "USD", **MONTH},
]  # fmt: skip
STAFF = [
    {"role": "seller", "user_id": OLENA, "fte": "1", "pay": "31000", "currency": "UAH",
     "starts_on": "2026-03-01"},
    {"role": "seller", "user_id": PETRO, "fte": "0.5", "pay": "10000", "currency": "UAH",
     "starts_on": "2026-03-16"},
    {"role": "service", "fte": "1", "pay": "6200", "currency": "UAH", "starts_on": "2026-01-01"},
]  # fmt: skip
PLAN = {"metric": "sales_volume", "currency": "UAH"}
PLANS = [
    {**PLAN, **MONTH, "value": "22000"},
    {**PLAN, "starts_on": "2026-03-02", "ends_on": "2026-03-06", "value": "6000"},
    {**PLAN, **MONTH, "value": "11040", "owner_id": OLENA},
]
BASELINES: list[dict[str, Any]] = [
    {"metric": "sales_volume", "currency": "UAH", "value": "21000", "working_days": 21,
     "starts_on": "2025-03-01", "ends_on": "2025-03-31"},
    {"metric": "managers", "value": "1", "starts_on": "2025-03-01", "ends_on": "2025-03-31"},
]  # fmt: skip

SPENDING = ("return_on_advertising?", "spend_share?", "cost_per_client?",
            "cost_per_client?variant=loaded", "cost_per_lead?", "cost_of_serving?")  # fmt: skip


async def enter(client: httpx.AsyncClient, **rows: list[dict[str, Any]]) -> None:
    for path, bodies in rows.items():
        for body in bodies:
            answer = await client.post(f"/v1/{path}", json=body)
            assert answer.status_code == 201, answer.text


def calls(name: str, n: int, owner: str) -> list[SubjectStory]:
    return [
        SubjectStory("call", f"{name}{i}", "logged", at=day("03-03"), started_at=day("03-03"),
                     direction="outbound", owner_id=owner)
        for i in range(n)
    ]  # fmt: skip


async def what_is_not_known_is_no_nought(client: httpx.AsyncClient) -> None:
    await days_to_come_change_nothing(client)
    await unknown_pay_of_one_is_no_pay_of_all(client)


async def days_to_come_change_nothing(client: httpx.AsyncClient) -> None:
    """What is planned for the years to come was not spent on what is sold so far."""
    today = local_day(utc_now(), KYIV)
    start, end = [(today + timedelta(days=days)).isoformat() for days in (1, 4000)]
    future = {"starts_on": start, "ends_on": end}
    await enter(client, costs=[{**COSTS[0], **future}, {**COSTS[2], **future}])
    for name in SPENDING:
        values = [
            (await get_metric(client, f"{name}&from=2026-03-01&to={until}"))["value"]
            for until in (start, end)
        ]
        assert values[0] == values[1], (name, values)
        assert values[0] is not None, name
    planned = await get_metric(client, f"marketing_costs?from={start}&to={end}")
    assert planned["value"] != "0.00"


async def unknown_pay_of_one_is_no_pay_of_all(client: httpx.AsyncClient) -> None:
    """K34b, G4: what all earned is not held against the pay of those whose currency has a rate."""
    reasons = [(await get_metric(client, f"payroll_return?{DAYS}"))["reason"]]
    await enter(client, workforce=[{**STAFF[0], "currency": "USD", "user_id": str(named("Ed"))}])
    told = await get_metric(client, f"payroll_return?{DAYS}")

    assert [*reasons, told["reason"]] == ["no_data", "no_input"]
    assert [one["currency"] for one in told["unconverted"]] == ["USD"]


def cut(body: dict[str, Any]) -> dict[Any, Any]:
    return {one["key"]: one["value"] for one in body["breakdown"]}


class TestEntered:
    """K9, K10, K11, K17, K26, K28, K34b, K45, K47, K54: costs, staff, plans against facts."""

    async def test_is_held_against_the_facts(
        self, client: httpx.AsyncClient, client_as: ClientAs, tell: Tell, rate: Any
    ) -> None:
        """K10, F15: 2.2 (SuiteCRM: a campaign's cost a deal): a cost counts once, by its days."""
        await rate("EUR", "UAH", "2026-03-01", "40")
        await enter(client, costs=COSTS, workforce=STAFF, plans=PLANS, baselines=BASELINES)
        await tell(
            SubjectStory("lead", "a", at=day("03-01"), channel="fair",
                         company_id=named("Silpo")),
            won("a", on="03-05", amount="6200.0000", channel="web", company_id=named("Silpo")),
            won("b", on="03-06", amount="3100.0000", channel="web", company_id=named("Nova")),
            won("c", on="03-10", amount="1240.0000", channel="fair", company_id=named("Fozzy")),
            won("d", on="03-12", amount="500.0000", company_id=named("Silpo")),
            *calls("olena", 3, OLENA), *calls("stranger", 1, str(named("Stranger"))),
            SubjectStory("case", "k", at=day("03-03"), owner_id=OLENA).say(
                "solved", at=day("03-04"), status="solved", solved_at=day("03-04"),
                solved_by_id=OLENA, outcome="success",
            ),
        )  # fmt: skip

        async def told(question: str) -> dict[str, Any]:
            body = await get_metric(client, question)
            assert set(body["details"]) <= set(DETAILS), question
            return body

        spent = await told(f"marketing_costs?{DAYS}&by=channel")
        assert (spent["value"], cut(spent)) == (
            "4840.00", {"web": "3100.00", "fair": "1240.00", None: "500.00"},
        )  # fmt: skip
        assert spent["unconverted"] == [{"currency": "USD", "n": 1, "amount": "10.00"}]
        roas = await told(f"return_on_advertising?{DAYS}&by=channel")
        assert (roas["value"], cut(roas)) == ("2.18", {"web": "3.00", "fair": "1.00", None: "0.00"})
        share = await told(f"spend_share?{DAYS}&by=channel")
        assert cut(share) == {"web": "33.33", "fair": "100.00", None: None}
        profit = await told(f"return_on_marketing?{DAYS}")
        assert (profit["value"], profit["reason"]) == (None, "no_data")
        # 9300, 1240 and 500 of 11040; by touches the fair was first at Silpo
        by_deal = await told(f"channel_share?{DAYS}&by=channel")
        assert cut(by_deal) == {"web": "84.24", "fair": "11.23", None: "4.53"}
        first = await told(f"channel_share?{DAYS}&by=channel&variant=first")
        assert cut(first) == {"fair": "71.92", "web": "28.08"}
        linear = await told(f"channel_share?{DAYS}&by=channel&variant=linear")
        assert cut(linear) == {"web": "56.16", "fair": "43.84"}
        client_cost = await told(f"cost_per_client?{DAYS}")
        assert (client_cost["value"], client_cost["denominator"]) == ("1446.67", "3.00")
        lagged = await told(f"cost_per_client?{DAYS}&variant=lagged")
        loaded = await told(f"cost_per_client?{DAYS}&variant=loaded")
        assert (lagged["value"], loaded["value"]) == ("46.67", "10486.99")
        lead = await told(f"cost_per_lead?{DAYS}&by=channel")
        assert (lead["value"], cut(lead)) == ("4340.00", {"fair": "1240.00", "web": None})
        serving = await told(f"cost_of_serving?{DAYS}")
        # 6200 for whom serves three customers who bought within a year
        assert (serving["value"], serving["details"]["pay"]) == ("2066.67", "6200.00")
        keeping = await told(f"attract_to_keep?{DAYS}")
        assert (keeping["value"], keeping["details"]["benchmark"]) == (None, 5)

        sold = await told(f"sales_per_employee?{DAYS}&by=owner")
        assert (sold["value"], cut(sold)) == ("8775.38", {OLENA: "11040.00"})
        hourly = await told(f"calls_per_hour?{DAYS}")
        assert (hourly["numerator"], hourly["denominator"], hourly["coverage"]) == (
            "3", "252", "0.7500",
        )  # fmt: skip
        # 22 days, half of 12, and 22 of the service
        done = await told(f"requests_per_employee?{DAYS}&by=owner")
        assert (done["value"], done["denominator"], cut(done)) == ("0.02", "50", {OLENA: "0.05"})
        assert (await told(f"productivity_growth?{DAYS}"))["value"] == "-60.57"
        plan = await told(f"plan_attainment?{DAYS}")
        assert (plan["value"], plan["denominator"]) == ("48.00", "23000")
        assert cut(await told(f"plan_attainment?{DAYS}&by=owner")) == {OLENA: "100.00"}
        seller = client_as("seller", user_id=named("Olena"))
        assert (await get_metric(seller, f"plan_attainment?{DAYS}"))["value"] == "100.00"
        other = await get_metric(client_as("seller"), f"plan_attainment?{DAYS}")
        assert (other["value"], other["reason"]) == (None, "no_input")

        await what_is_not_known_is_no_nought(client)

        # G18: what is spent and paid is for those who may read it, cut only by what it is of
        marketing = client_as("marketing")
        for who, question, status in (
            (seller, "marketing_costs", 403), (client_as("viewer"), "cost_per_client", 403),
            (marketing, "cost_per_client", 200),
            (marketing, "cost_per_client?variant=loaded", 403),
            (marketing, "payroll_return", 403),
            (client, f"cost_per_client?owner_id={OLENA}", 422),
        ):  # fmt: skip
            assert (await who.get(f"/v1/metrics/{question}")).status_code == status, question

    async def test_was_what_was_told_of_it_then(
        self, client: httpx.AsyncClient, session: AsyncSession, tell: Tell
    ) -> None:
        """G7: a cost that was corrected or moved since is, as of then, what it was then."""
        await enter(client, costs=COSTS[:1])
        [cost] = (await client.get("/v1/costs")).json()["items"]
        await tell(*await announced(session))
        then = utc_now().isoformat().replace("+", "%2B")
        april = {"starts_on": "2026-04-01", "ends_on": "2026-04-30"}
        changed = await client.put(
            f"/v1/costs/{cost['id']}", json={**COSTS[0], **april, "amount": "60"},
            headers={"If-Match": "*"},
        )  # fmt: skip
        assert changed.status_code == 200, changed.text
        await tell(*(one for one in await announced(session) if one.revision == 2))
        both = "from=2026-03-01&to=2026-05-01&interval=month"
        for more, months in (("", ["0.00", "60.00"]), (f"&as_of={then}", ["3100.00", "0.00"])):
            told = await get_metric(client, f"marketing_costs?{both}{more}")
            assert [one["value"] for one in told["series"]] == months
        assert (await client.get("/v1/costs")).json()["items"][0]["amount"] == "60.00"

    async def test_is_null_while_nothing_was_entered(self, client: httpx.AsyncClient) -> None:
        """G2: no costs, plans, staff or baselines are no noughts."""
        for name, reason in (
            ("marketing_costs", "no_input"), ("cost_per_client", "no_input"),
            ("return_on_advertising", "no_input"), ("cost_of_serving", "no_input"),
            ("attract_to_keep", "no_input"), ("plan_attainment", "no_input"),
            ("requests_per_employee", "no_input"),
            ("productivity_growth?variant=customers", "no_baseline"),
            ("productivity_growth?variant=wins", "no_baseline"),
            ("calls_per_hour", "no_input"), ("productivity_growth", "no_baseline"),
            ("sales_per_employee", "no_denominator"), ("channel_share", "no_denominator"),
        ):  # fmt: skip
            body = await get_metric(client, f"{name}{'&' if '?' in name else '?'}{DAYS}")
            assert (body["value"], body["reason"]) == (None, reason), name
        words = (await client.get(f"/v1/metrics/plan_attainment/explain?{DAYS}")).json()
        assert words["calculation"]["en"] == "No value: there are no plans, and nothing is guessed."


class TestFormulas:
    """K10, K28, K45, K47, K60: the edge cases of each."""

    def test_of_marketing(self) -> None:
        nothing = romi(Figure(Decimal(0), 0), Decimal(100))
        unpriced = romi(Figure(Decimal(0), 0, coverage=Decimal(0)), Decimal(100))
        profit = romi(Figure(Decimal(250), 2, coverage=Decimal(1)), Decimal(100))

        assert [nothing.value, unpriced.value, profit.value] == [-100, None, 150]
        assert romi(Figure(Decimal(5), 1), Decimal(0)).reason is Reason.NO_DENOMINATOR
        winning = Figure(Decimal(1000), 4)
        assert attract_to_keep(winning, Decimal(800), Decimal(4)).value == 5
        assert attract_to_keep(winning, Decimal(0), Decimal(4)).value is None

    def test_of_people(self) -> None:
        sales = Figure(Decimal(3100), 3)

        by_head = per_employee(sales, Decimal(0), 2, MARCH)

        assert [by_head.value, by_head.details["per_head"]] == [1550, 1]
        better = growth(Figure(Decimal(120), 1), Decimal(1), Decimal(1000), Decimal(10))
        assert better.value == 20
        assert growth(sales, Decimal(0), Decimal(1), Decimal(1)).reason is Reason.NO_INPUT
        assert growth(sales, Decimal(1), Decimal(0), Decimal(1)).value is None
        served = Figure(Decimal(360), 700, details={"fte": Decimal(2)})
        assert growth_of(served, Decimal(300)).value == 20
        assert growth_of(served, Decimal(0)).reason is Reason.NO_DENOMINATOR
        assert growth_of(served, None).reason is Reason.NO_BASELINE
        assert per_day(Figure(Decimal(12), 12), Decimal(8)).value == Decimal("1.5")

    def test_of_plans(self) -> None:
        """K47, G12: 2.2 (BottleCRM: goals capped at 100 %): not capped."""
        month = Target(Span(date(2026, 3, 1), date(2026, 3, 31)), Fraction(310))
        half = Target(Span(date(2026, 3, 1), date(2026, 3, 15)), Fraction(20))
        anew = Target(Span(date(2026, 3, 1), date(2026, 3, 15)), Fraction(40))

        def asked(*targets: Target, today: int = 31, additive: bool = True) -> Any:
            return asked_of(
                targets, MARCH, date(2026, 3, today), lambda _day: True, additive=additive
            )

        assert asked(month, half) == (20 + 160, 20 + 160, 31)
        # set anew, the later one counts; of ratios the days' mean is taken
        assert asked(month, half, anew).whole == 40 + 160
        assert asked(anew, today=3) == (40, 8, 15)
        assert asked(month, anew, additive=False).whole == Fraction(310 * 16 + 40 * 15, 31)
        over = attained(Figure(Decimal(620), 5), asked(month), MARCH, Direction.UP)
        assert [over.value, over.details["pace"], over.coverage] == [200, 200, 1]
        fewer = attained(Figure(Decimal(620), 5), asked(month), MARCH, Direction.DOWN)
        assert fewer.value == 50
        free = Target(month.over, Fraction(0))
        assert attained(Figure(Decimal(1), 1), asked(free), MARCH, Direction.UP).value is None
