"""People and time: load, idleness, adoption, working hours, the portrait; counted by hand."""

from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from typing import Any
from uuid import UUID
from zoneinfo import ZoneInfo

import httpx
from sqlalchemy import insert
from sqlalchemy.ext.asyncio import AsyncSession

from crm_reporting.metrics.rules import people, portrait
from crm_reporting.metrics.rules.customers import Buyer, survival
from crm_reporting.metrics.rules.durations import Clock, spread
from crm_reporting.metrics.rules.hiding import DETAILS
from crm_reporting.metrics.rules.numbers import Reason
from crm_reporting.metrics.rules.people import Planned, Present, Word
from crm_reporting.metrics.rules.periods import Period
from crm_reporting.testing import (
    DealStory,
    SubjectStory,
    Tell,
    company_told,
    day,
    envelope,
    get_metric,
    line,
    moment,
    named,
    pipeline_created,
    won,
)
from crm_shared.clock import utc_now
from crm_shared.db.infrastructure import KNOWN_USERS
from crm_shared.events.known_calendar import WORKSPACE_ID
from crm_shared.events.refs import RefItem
from crm_shared.events.refs import keep as keep_refs
from crm_shared.ids import new_id
from crm_shared.testing.plugin import ClientAs
from crm_shared.working_time import Hours, WorkingCalendar

# Monday to Sunday: 2 March 2026 is a Monday
WEEK = "from=2026-03-02&to=2026-03-09"
OLENA, PETRO = named("Olena"), named("Petro")
KYIV = ZoneInfo("Europe/Kyiv")
HOLIDAY = {"on": "2026-03-04", "hours": []}


def post(user: UUID, **more: Any) -> dict[str, Any]:
    return {"role": "seller", "user_id": str(user), "fte": "1", "pay": "100", "currency": "UAH",
            "starts_on": "2026-03-01", **more}  # fmt: skip


def did(name: str, on: str, owner: UUID, **facts: Any) -> SubjectStory:
    at = day(on)
    return SubjectStory("activity", name, at=at, kind="meeting", owner_id=owner, **facts).say(
        "completed", at=at, status="done", completed_at=at
    )


def planned(name: str, on: str, owner: UUID, **facts: Any) -> SubjectStory:
    return SubjectStory("activity", name, at=day("03-01"), owner_id=owner, due_at=day(on), **facts)


class TestWorkload:
    """K48, K57: open work against hours, days without work; both by the calendar."""

    async def test_is_by_the_calendar_of_those_on_the_staff(
        self, client: httpx.AsyncClient, client_as: ClientAs, tell: Tell, session: AsyncSession
    ) -> None:
        for body in (post(OLENA), post(PETRO, starts_on="2026-03-05")):
            assert (await client.post("/v1/workforce", json=body)).status_code == 201
        calendar = {"schedules": [], "special_days": [HOLIDAY]}
        await keep_refs(session, "workspace", [RefItem(id=WORKSPACE_ID, revision=1, data=calendar)])
        await session.commit()
        await tell(
            did("a", "03-02", OLENA, duration_s=7200), did("b", "03-02", OLENA, duration_s=3600),
            did("c", "03-07", OLENA),  # a Saturday is no working day: it saves none
            did("d", "03-06", PETRO),
            planned("e", "03-05", OLENA, kind="meeting"),  # as meetings go: the mean of both
            planned("f", "03-05", OLENA, kind="meeting", duration_s=10800),
            planned("g", "03-05", OLENA, kind="visit"),
            planned("h", "03-05", named("Stranger"), kind="meeting"),
            SubjectStory("task", "t", at=day("03-01"), owner_id=PETRO, due_at=day("03-06")),
            SubjectStory("task", "u", at=day("03-01"), owner_id=PETRO, due_at=day("03-06"))
            .say("completed", at=day("03-05"), status="done"),
        )  # fmt: skip

        load = await get_metric(client, f"load?{WEEK}&by=owner")
        # Olena 4 days of 9 hours, Petro 2; 1.5 + 3 hours of the 54
        assert (load["value"], load["coverage"]) == ("8.33", "0.5000")
        assert load["details"]["without_effort"] == 2
        assert set(load["details"]) <= set(DETAILS)
        assert {one["key"]: one["value"] for one in load["breakdown"]} == {
            str(OLENA): "12.50", str(PETRO): None,
        }  # fmt: skip
        idle = await get_metric(client, f"idle_days?{WEEK}&by=owner")
        # Olena was idle on 3 of 4 days, Petro on none of his 2: a task done on the 5th counts
        assert (idle["value"], idle["details"]["working_days"]) == ("50.00", 6)
        assert {one["key"]: one["value"] for one in idle["breakdown"]} == {
            str(OLENA): "75.00", str(PETRO): "0.00",
        }  # fmt: skip
        assert set(idle["details"]) <= set(DETAILS)
        # who idles is nobody's business but theirs who lead
        seller = client_as("seller", user_id=PETRO)
        assert (await seller.get(f"/v1/metrics/idle_days?{WEEK}")).status_code == 403
        nobody = await get_metric(client, "idle_days?from=2025-03-02&to=2025-03-09")
        assert (nobody["value"], nobody["reason"]) == (None, "no_input")

    def test_values_what_names_no_effort_by_its_kind_or_not_at_all(self) -> None:
        work = [Planned(OLENA, None, "call", 3, 1, Decimal(3600)),
                Planned(OLENA, None, "visit", 1, 0, Decimal(0))]  # fmt: skip

        told = people.load(work, {"call": Decimal(1800)}, Decimal(8))

        assert [told.value, told.coverage] == [25, Decimal("0.75")]
        assert told.details["without_effort"] == 1
        assert people.load(work, {}, Decimal(0)).reason is Reason.NO_INPUT
        assert people.load(work[1:], {}, Decimal(8)).reason is Reason.NO_DATA
        assert people.load([], {}, Decimal(8)).value == 0

    def test_finds_who_does_and_brings_least_of_his_role(self) -> None:
        def one(name: str, done: int, profit: int, role: str = "seller") -> Present:
            days = frozenset({date(2026, 3, 2)})
            return Present(named(name), None, role, days, days, done, Decimal(profit))

        team = [one("a", 9, 90), one("b", 8, 80), one("c", 7, 1), one("d", 1, 70), one("e", 0, 0)]
        assert people.below_peers([*team, one("f", 0, 0, "service")]) == {named("e")}


def user_told(name: str, at: datetime, revision: int, **facts: Any) -> Any:
    told = {"role": "seller", "is_active": True, "team_ids": [str(named("Kyiv"))], **facts}
    event = envelope(
        f"crm.contacts.user.{'created' if revision == 1 else 'updated'}.v1",
        {"user": told, "changed": [], "previous": {}},
        subject=named(name), revision=revision, at=at,
    )  # fmt: skip
    return event.model_copy(update={"recordedtime": at})


def wrote(actor: UUID, at: datetime) -> Any:
    story = SubjectStory("lead", str(new_id()), at=at)
    return story.events[0].model_copy(update={"recordedtime": at, "actorid": actor})


class TestAdoption:
    """K66: who wrote on a working day, of those who could; programs and leavers are none."""

    async def test_is_the_mean_of_working_days(
        self, client: httpx.AsyncClient, client_as: ClientAs, tell: Tell, session: AsyncSession
    ) -> None:
        names = ("Olena", "Petro", "Robot", "Gone")
        rows = [{"id": named(name), "role": "seller", "team_ids": [], "is_active": True,
                 "revision": 1} for name in names]  # fmt: skip
        await session.execute(insert(KNOWN_USERS), rows)
        await session.commit()
        start = moment("2026-03-01 10:00")
        late = DealStory("late", at=start).move("Won", at=start).events
        await tell(
            *(user_told(name, start, 1) for name in ("Olena", "Petro", "Gone")),
            user_told("Robot", start, 1, role="integration"),
            user_told("Gone", moment("2026-03-03 10:00"), 2, is_active=False),
            wrote(OLENA, moment("2026-03-02 10:00")),
            wrote(OLENA, moment("2026-03-02 11:00")),
            wrote(named("Robot"), moment("2026-03-03 11:00")),
            # an hour before midnight in Kyiv, and after it
            wrote(PETRO, moment("2026-03-03 21:30")),
            wrote(PETRO, moment("2026-03-03 22:30")),
            wrote(OLENA, moment("2026-03-07 10:00")),
            *(one.model_copy(update={"recordedtime": start + timedelta(days=2)}) for one in late),
        )

        told = await get_metric(client, f"adoption?{WEEK}&by=owner")
        # one of three on Monday, one of two on Tuesday and Wednesday, nobody after
        assert (told["value"], told["n"], told["details"]["users"]) == ("26.67", 5, 3)
        cut = {one["key"]: one["value"] for one in told["breakdown"]}
        assert (cut[str(OLENA)], cut[str(PETRO)]) == ("20.00", "40.00")
        assert set(told["details"]) <= set(DETAILS)
        own = await get_metric(client_as("seller", user_id=PETRO), f"adoption?{WEEK}")
        assert own["value"] == "40.00"
        # the decades in which nobody could write change nothing
        ages = await get_metric(client, "adoption?from=1950-01-01&to=2026-03-08")
        assert (ages["value"], ages["n"], ages["details"]["users"]) == ("26.67", 5, 3)
        sold = await get_metric(client, "adoption?from=2026-03-01&to=2026-03-09")
        assert sold["details"]["entered_in_a_day_percent"] == "0.00"
        assert sold["details"]["complete_deals_percent"] is None  # of a past day nobody knows
        await tell(
            pipeline_created(required=("amount", "company_id", "custom.budget")),
            DealStory("whole", at=start, company_id=named("Silpo")), DealStory("half", at=start),
        )  # fmt: skip
        now = await get_metric(client, "adoption?from=2026-11-01")
        assert now["details"]["complete_deals_percent"] == "50.00"
        none = await get_metric(client, "adoption?from=2025-03-03&to=2025-03-08")
        assert (none["value"], none["reason"]) == (None, "no_data")

    def test_follows_what_was_told_of_users(self) -> None:
        word = Word(OLENA, date(2026, 3, 2), True, "seller", frozenset())
        left = word._replace(on=date(2026, 3, 4), is_active=False)

        petro = word._replace(user=named("Petro"), on=date(2026, 3, 3))
        days = [date(2026, 3, day) for day in (1, 2, 3, 4)]

        could = [set(users) for _day, users in people.licensed([word, left, petro], days)]

        guest = word._replace(user=named("guest"), role="integration")
        since = people.users_since([left, word, petro, guest])
        assert since == {OLENA: date(2026, 3, 2), petro.user: date(2026, 3, 3)}
        assert could == [set(), {OLENA}, {OLENA, petro.user}, {petro.user}]


class TestG13WorkingTime:
    """G13, K36, K38, K40, K46: the same durations by the clock and by the working calendar."""

    async def test_is_told_beside_the_clock(
        self, client: httpx.AsyncClient, tell: Tell, session: AsyncSession
    ) -> None:
        calendar = {"schedules": [], "special_days": [HOLIDAY]}
        await keep_refs(session, "workspace", [RefItem(id=WORKSPACE_ID, revision=1, data=calendar)])
        await session.commit()
        friday, monday = moment("2026-03-06 15:00"), moment("2026-03-09 08:00")
        case = SubjectStory("case", "c", at=friday)
        # Friday 17:00 in Kyiv to Monday 10:00: an hour and another; waiting until noon is not ours
        case.say("first_responded", at=monday, status="waiting", first_responded_at=monday)
        case.say("resumed", at=monday + timedelta(hours=2), status="open")
        end = monday + timedelta(hours=3)
        case.say("solved", at=end, status="solved", solved_at=end, outcome="success")
        tuesday, thursday = moment("2026-03-03 15:00"), moment("2026-03-05 08:00")
        await tell(
            case,
            # over the holiday of Wednesday
            SubjectStory("lead", "a", at=tuesday).say(
                "responded", at=thursday, first_responded_at=thursday, status="working"),
            SubjectStory("lead", "b", at=friday),
            SubjectStory("approval", "a", "requested", at=tuesday, requested_at=tuesday).say(
                "approved", at=thursday, state="approved", decided_at=thursday, round=3),
            SubjectStory("task", "a", at=tuesday).say("completed", at=thursday, status="done"),
            DealStory("d", at=tuesday).move("Won", at=thursday),
        )  # fmt: skip

        days = "from=2026-03-01&to=2026-04-01"
        for name, clock, worked in (
            ("lead_response_time", "2460.00", "120.00"),
            ("case_response_time", "3900.00", "120.00"),
            ("case_processing_time", "66.00", "3.00"), ("approval_time", "41.00", "2.00"),
            ("task_time", "41.00", "2.00"), ("deal_length", "1.71", "0.22"),
        ):  # fmt: skip
            by = "owner"
            told = await get_metric(client, f"{name}?{days}&by={by}&variant=business")
            assert (await get_metric(client, f"{name}?{days}"))["value"] == clock, name
            assert told["value"] == worked, name
            assert (told["details"]["median"], told["details"]["p90"]) == (worked, worked), name
            assert [one["value"] for one in told["breakdown"]] == [worked], name
            assert set(told["details"]) <= set(DETAILS)
        approved = await get_metric(client, f"approval_time?{days}")
        assert approved["details"]["rounds"] == "3.00"
        leads = await get_metric(client, f"lead_response_time?{days}&variant=business")
        assert (leads["n"], leads["details"]["open_n"], leads["coverage"]) == (1, 1, "0.5000")
        then = utc_now().isoformat().replace("+", "%2B")
        known = await get_metric(
            client, f"case_processing_time?{days}&variant=business&as_of={then}"
        )
        assert known["value"] == "3.00"

    def test_runs_only_while_the_company_works(self) -> None:
        lunch = (Hours(9 * 60, 13 * 60), Hours(14 * 60, 18 * 60))
        clock = Clock(WorkingCalendar(KYIV, days={date(2026, 3, 30): lunch, date(2026, 3, 31): ()}))

        def at(text: str) -> datetime:
            return datetime.fromisoformat(text).replace(tzinfo=KYIV).astimezone(UTC)

        # over the night of 23 hours, a weekend, a lunch and a day off
        span = (at("2026-03-27T17:00"), at("2026-04-01T10:00"))
        assert clock.seconds([span]) == (1 + 8 + 0 + 1) * 3600
        assert clock.days(*span) == Decimal(1) / 9 + 1 + Decimal(1) / 9
        assert clock.seconds([(span[1], span[0])]) == 0
        told = spread([Decimal(n) for n in range(1, 11)], unfinished=2)
        assert (told.value, told.details) == (
            Decimal("5.5"), {"median": Decimal("5.5"), "p90": Decimal(9), "open_n": 2},
        )  # fmt: skip
        assert spread([]).reason is Reason.NO_DATA


class TestK58Portrait:
    """K58, C7, G17: what marks those who bring profit, and no group that could be recognised."""

    async def test_tells_what_is_more_frequent_among_them(
        self, client: httpx.AsyncClient, tell: Tell
    ) -> None:
        def bought(name: str, amount: int) -> DealStory:
            item = [line("crane", str(amount)) | {"unit_cost": "1.0000"}]
            return won(f"deal {name}", on="03-05", amount=f"{amount}.0000", company_id=named(name),
                       line_items=item)  # fmt: skip

        rich, poor = [f"rich {n}" for n in range(5)], [f"poor {n}" for n in range(5)]
        await tell(
            *(bought(name, 1000) for name in rich), *(bought(name, 100) for name in poor),
            *(company_told(name, sector="retail" if name in rich or name == "poor 0" else None,
                           country="UA", employees=n)
              for n, name in enumerate([*poor, *rich])),
        )  # fmt: skip

        told = await get_metric(client, "portrait?from=2026-03-01&to=2026-04-01&by=kind")
        cut = {one["key"]: one["value"] for one in told["breakdown"]}
        assert (told["value"], told["n"]) == ("0.50", 5)
        # six of ten are of the sector, five of the five who bring most; four are of none known
        assert (cut["sector=retail"], cut["country=UA"]) == ("1.67", "1.00")
        assert "sector=-" not in cut
        assert set(told["breakdown"][0]["details"]) <= set(DETAILS)
        few = await get_metric(client, "portrait?from=2025-03-01&to=2025-04-01&by=kind")
        assert (few["value"], few["reason"], few["breakdown"]) == (None, "no_data", [])

    def test_takes_numbers_by_quarters(self) -> None:
        known = {named(str(n)): {"employees": n} for n in range(20)}
        everybody = list(known)

        told = portrait.portrait(known, everybody[10:], everybody)

        lifts = {key: one.value for key, one in told.items() if str(key).startswith("employees")}
        assert lifts == {
            "employees<=4": 0,
            "employees<=9": 0,
            "employees<=14": 2,
            "employees>14": 2,
        }
        assert "sector=-" in told


def test_a_life_that_goes_on_is_no_short_one() -> None:
    """K52: by Kaplan and Meier; who is active is not over yet."""

    def buyer(first: date, last: date) -> Buyer:
        return Buyer(new_id(), first, last, last, 2, 2, 0, Decimal(0), Decimal(0), Decimal(0))

    period = Period(date(2026, 1, 1), date(2026, 4, 1))
    gone = buyer(date(2024, 1, 1), date(2024, 1, 1) + timedelta(days=100))
    long_gone = buyer(date(2023, 1, 1), date(2023, 1, 1) + timedelta(days=300))
    here = buyer(period.end - timedelta(days=200), date(2026, 3, 1))

    # all three for 100 days, two thirds until 300: whoever left the view at 200 is no leaver
    months, is_bound = survival([gone, long_gone, here], period)
    assert (round((months or 0) * Decimal("30.4375"), 2), is_bound) == (Decimal("233.33"), False)
    assert survival([here], period)[1] is True
    assert survival([], period) == (None, False)
