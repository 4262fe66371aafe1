"""K53: whoever asked is told once when a metric crosses a bound or a customer's rhythm breaks."""

from datetime import timedelta
from decimal import Decimal
from typing import Any

import httpx
import pytest
from sqlalchemy import Connection, insert, text, update
from sqlalchemy.event import listen
from sqlalchemy.ext.asyncio import AsyncSession

from crm_reporting.alarms import jobs
from crm_reporting.alarms.models import AlarmCheck
from crm_reporting.alarms.rules import is_raised, release_of
from crm_reporting.customers.models import CustomerFigures
from crm_reporting.events.derived import (
    AlarmCleared,
    AlarmRaised,
)
from crm_reporting.testing import DealStory, Tell, named
from crm_shared.actor import Role
from crm_shared.clock import utc_now
from crm_shared.db.engine import Sessions
from crm_shared.db.infrastructure import KNOWN_USERS
from crm_shared.events.known_calendar import WORKSPACE_ID
from crm_shared.events.refs import RefItem
from crm_shared.events.refs import keep as keep_refs
from crm_shared.ids import new_id
from crm_shared.testing.events import recorded
from crm_shared.testing.plugin import ClientAs
from crm_shared.worker import JobContext

HEAD = named("head of sales")
SALES: dict[str, Any] = {
    "name": "Забагато", "metric": "won_deals", "direction": "above", "bound": "2", "days": 7,
}  # fmt: skip


def won_now(name: str, **facts: Any) -> DealStory:
    at = utc_now() - timedelta(hours=1)
    return DealStory(name, at=at, **facts).move("Won", at=at)


async def look(session: AsyncSession, context: JobContext) -> int:
    """Let every alarm be due, and the job look at it."""
    await session.execute(update(AlarmCheck).values(due_at=utc_now()))
    await session.commit()
    said = await jobs.look_at_due(context)
    session.expire_all()
    return said


class TestBound:
    def test_is_crossed_once_until_it_is_calm_again(self) -> None:
        ten = Decimal(10)
        calm = release_of(ten, "above")
        seen, was = [], False
        for value in (9, 10, 11, 10, "9.6", "9.5", 12, None, 3, None):
            now = None if value is None else Decimal(value)
            was = is_raised(now, bound=ten, release=calm, direction="above", was=was)
            seen.append(was)

        assert seen == [False, False, True, True, True, False, True, True, False, False]
        assert (release_of(ten, "below"), release_of(Decimal(-10), "above")) == (
            Decimal("10.50"), Decimal("-10.50")
        )  # fmt: skip


class TestMetricAlarm:
    async def test_is_raised_and_cleared_once_within_what_its_maker_sees(
        self, client_as: ClientAs, session: AsyncSession, tell: Tell, context: JobContext
    ) -> None:
        team = named("Kyiv")
        row = {"id": HEAD, "role": "head", "team_ids": [team], "is_active": True, "revision": 1}
        await session.execute(insert(KNOWN_USERS), row)
        await session.commit()
        head = client_as(Role.HEAD, user_id=HEAD, team_ids=(team,))
        other = str(new_id())
        strange = await head.post("/v1/alarms", json={**SALES, "user_ids": [str(HEAD), other]})
        assert strange.json()["errors"][0]["pointer"] == "/user_ids/1"
        await session.execute(insert(KNOWN_USERS), [{**row, "id": other, "role": "seller"}])
        await session.commit()
        made = await head.post("/v1/alarms", json={**SALES, "user_ids": [other]})
        assert made.status_code == 201, made.text
        path = f"/v1/alarms/{made.json()['id']}"
        assert (made.json()["release"], made.json()["owner_id"]) == ("1.9", str(HEAD))

        second = won_now("2")
        await tell(won_now("1"), second, won_now("x", team_id=str(named("Lviv"))))
        quiet = await look(session, context)
        third = won_now("3")
        await tell(third)
        said = [await look(session, context) for _ in range(3)]

        assert (quiet, said) == (0, [1, 0, 0])
        [raised] = await recorded(session, AlarmRaised)
        told = raised.data.alarm
        assert ([str(one) for one in told.user_ids], told.is_raised, raised.revision) == (
            [other], True, 2,
        )  # fmt: skip
        check = (await head.get(f"{path}/check")).json()
        assert (check["value"], check["reason"]) == ("3", None)
        # two is no more than the bound, but it is calm only below 1.9
        await tell(third.update(is_void=True))
        assert await look(session, context) == 0
        await tell(second.update(is_void=True))
        assert [await look(session, context) for _ in range(2)] == [1, 0]
        assert len(await recorded(session, AlarmCleared)) == 1
        # whoever is told may read it, strangers may not; nobody else changes it
        named_one = client_as(Role.SELLER, user_id=other)
        assert (await named_one.get(path)).json()["is_raised"] is False
        stranger = client_as(Role.SELLER)
        assert [(await one.get(path)).status_code for one in (stranger, head)] == [404, 200]
        change = {**SALES, "bound": "5"}
        headers = {"If-Match": "*"}
        assert (await named_one.put(path, json=change, headers=headers)).status_code == 404
        changed = await head.put(path, json=change, headers=headers)
        assert (changed.status_code, changed.json()["is_raised"]) == (200, False)
        # what is hidden from his role since is not told by what he asked for before
        hidden = {"hidden_fields": {"head": {"deal": ["outcome"]}}}
        await keep_refs(session, "workspace", [RefItem(id=WORKSPACE_ID, revision=1, data=hidden)])
        await tell(won_now("4"), won_now("5"), won_now("6"), won_now("7"))
        assert await look(session, context) == 0
        check = (await client_as(Role.ADMIN).get(f"{path}/check")).json()
        assert (check["value"], check["reason"]) == (None, "field-hidden")
        assert (await head.delete(path, headers=headers)).status_code == 204
        assert await look(session, context) == 0

    async def test_that_takes_too_long_is_put_off_and_holds_up_no_other(
        self, client_as: ClientAs, session: AsyncSession, tell: Tell, context: JobContext,
        sessions: Sessions,
    ) -> None:  # fmt: skip
        row = {"id": HEAD, "role": "admin", "team_ids": [], "is_active": True, "revision": 1}
        await session.execute(insert(KNOWN_USERS), row)
        await session.commit()
        client = client_as(Role.ADMIN, user_id=HEAD)
        made = [
            (await client.post("/v1/alarms", json={**SALES, "metric": one})).json()["id"]
            for one in ("deal_length", "won_deals")
        ]
        await tell(won_now("1"))
        await session.execute(update(AlarmCheck).values(due_at=utc_now()))
        first = AlarmCheck.alarm_id == made[0]
        an_hour = timedelta(hours=1)
        await session.execute(update(AlarmCheck).where(first).values(due_at=utc_now() - an_hour))
        await session.commit()
        engine = context.sessions.kw["bind"].sync_engine

        def hurry(connection: Connection) -> None:
            connection.exec_driver_sql("SET LOCAL lock_timeout = '100ms'")

        listen(engine, "begin", hurry)
        async with sessions.begin() as other:
            # a median is read from there; wins are counted already
            await other.execute(text("LOCK TABLE contributions"))
            assert await jobs.look_at_due(context) == 0

        checks = [(await client.get(f"/v1/alarms/{one}/check")).json() for one in made]
        assert [one["reason"] for one in checks] == ["failed", None]
        assert checks[1]["value"] == "1"
        assert all(one["checked_at"] for one in checks)

    @pytest.mark.parametrize(
        ("body", "pointer"),
        [
            ({"metric": "nothing"}, "/metric"),
            ({"variant": "none"}, "/variant"),
            ({"filter": {"field": "colour", "op": "eq", "value": 1}}, "/filter"),
            ({"bound": None}, "/bound"),
            ({"metric": None, "direction": None}, "/metric"),
            ({"kind": "rhythm"}, "/metric"),
            ({"release": "5"}, "/release"),
        ],
    )
    async def test_that_cannot_be_asked_is_refused_by_field(
        self, client: httpx.AsyncClient, body: dict[str, Any], pointer: str
    ) -> None:
        answer = await client.post("/v1/alarms", json={**SALES, **body})

        assert answer.status_code == 422, answer.text
        assert answer.json()["errors"][0]["pointer"].startswith(pointer)


class TestK53Rhythm:
    async def test_that_breaks_is_told_once_and_what_was_so_before_is_not(
        self, client_as: ClientAs, session: AsyncSession, context: JobContext
    ) -> None:
        body = {"name": "Ритм", "kind": "rhythm", "classes": ["A"]}
        refused = await client_as(Role.SELLER).post("/v1/alarms", json=body)
        admin = {"id": HEAD, "role": "admin", "team_ids": [], "is_active": True, "revision": 1}
        await session.execute(insert(KNOWN_USERS), [admin])
        made = await client_as(Role.ADMIN, user_id=HEAD).post("/v1/alarms", json=body)
        assert (refused.status_code, made.status_code) == (403, 201)
        old, regular, rare, fresh = (figures(name) for name in ("old", "regular", "rare", "fresh"))
        old.rhythm_broken, rare.abc_class = True, "C"
        session.add_all([old, regular, rare])
        first = await look(session, context)
        fresh.revision, fresh.rhythm_broken = 1, True
        session.add(fresh)
        await session.execute(
            text("UPDATE customer_figures SET rhythm_broken = true, revision = 2")
        )

        said = [await look(session, context) for _ in range(2)]

        assert (first, said) == (0, [1, 0])
        [raised] = await recorded(session, AlarmRaised)
        assert raised.data.alarm.company_id == named("regular")
        # he buys, and stays away again: that is another crossing
        for broken in (False, True):
            await session.execute(
                update(CustomerFigures)
                .where(CustomerFigures.customer_id == named("regular"))
                .values(rhythm_broken=broken)
            )
            await look(session, context)
        assert len(await recorded(session, AlarmRaised)) == 2
        # who sees only his own by now is told of nobody
        await session.execute(update(KNOWN_USERS).values(role="seller"))
        await session.execute(update(CustomerFigures).values(rhythm_broken=False))
        await look(session, context)
        await session.execute(update(CustomerFigures).values(rhythm_broken=True))
        assert await look(session, context) == 0


def figures(name: str) -> CustomerFigures:
    return CustomerFigures(
        customer_id=named(name), is_company=True, currency="UAH", abc_class="A", state="active",
        purchases=3, purchase_sum=Decimal(3), purchase_sum_year=Decimal(3), unconverted=0,
        rhythm_broken=False, late_invoices=0, revision=2,
    )  # fmt: skip
