"""Reports by e-mail: once each, to colleagues only, and a link opens what its reader may see."""

import asyncio
from datetime import UTC, date, datetime, timedelta
from typing import Any
from uuid import UUID
from zoneinfo import ZoneInfo

import httpx
import pytest
from sqlalchemy import insert, select, update
from sqlalchemy.ext.asyncio import AsyncSession

from crm_reporting.events import (
    ReportDue,
    ReportScheduleCreated,
    ReportScheduleDeleted,
    ReportScheduleDisabled,
)
from crm_reporting.schedules.models import ReportDelivery, ReportSchedule
from crm_reporting.schedules.rules import Span, days_of, next_time
from crm_reporting.schedules.use_cases import announce_due_reports
from crm_reporting.settings import Settings
from crm_reporting.testing import Tell, lost, named, pipeline_created, won
from crm_shared.actor import Role
from crm_shared.clock import utc_now
from crm_shared.db.engine import Sessions
from crm_shared.db.infrastructure import KNOWN_USERS
from crm_shared.links import make_link
from crm_shared.testing.events import recorded
from crm_shared.testing.plugin import ClientAs

KYIV = ZoneInfo("Europe/Kyiv")
PETRO, OLENA, GONE = named("Petro"), named("Olena"), named("Gone")


def body(*recipients: UUID, **more: Any) -> dict[str, Any]:
    return {
        "report": "sellers", "format": "csv", "language": "uk", "period": "this_year",
        "weekdays": [1, 3], "at": "08:30", "recipient_ids": [str(one) for one in recipients],
        **more,
    }  # fmt: skip


async def works_here(session: AsyncSession) -> None:
    people = [
        (PETRO, Role.SELLER, [named("Lviv")], True),
        (OLENA, Role.ADMIN, [], True),
        (GONE, Role.SELLER, [], False),
    ]
    rows = [
        {"id": id_, "role": role.value, "team_ids": teams, "is_active": active, "revision": 1}
        for id_, role, teams, active in people
    ]
    await session.execute(insert(KNOWN_USERS), rows)
    await session.commit()


class TestWhenAReportIsDue:
    @pytest.mark.parametrize(
        ("after", "wanted"),
        [
            ("2026-11-23 06:29", "2026-11-23 06:30"),  # a Monday, 08:30 in Kyiv
            ("2026-11-23 06:30", "2026-11-25 06:30"),
            ("2026-11-25 12:00", "2026-11-30 06:30"),
            ("2026-03-27 12:00", "2026-03-30 05:30"),  # summer time began on Sunday
        ],
    )
    def test_goes_by_the_companys_clock(self, after: str, wanted: str) -> None:
        moment = datetime.fromisoformat(after).replace(tzinfo=UTC)
        found = next_time([1, 3], "08:30", KYIV, after=moment)

        assert found.astimezone(UTC) == datetime.fromisoformat(wanted).replace(tzinfo=UTC)

    @pytest.mark.parametrize(
        ("span", "start", "end"),
        [
            (Span.LAST_WEEK, "2026-11-16", "2026-11-23"),
            (Span.LAST_MONTH, "2026-10-01", "2026-11-01"),
            (Span.LAST_QUARTER, "2026-07-01", "2026-10-01"),
            (Span.THIS_MONTH, "2026-11-01", "2026-11-26"),
            (Span.THIS_YEAR, "2026-01-01", "2026-11-26"),
        ],
    )
    def test_tells_of_whole_days(self, span: Span, start: str, end: str) -> None:
        period = days_of(span, date(2026, 11, 25))

        assert (period.start.isoformat(), period.end.isoformat()) == (start, end)


class TestSchedules:
    async def test_send_each_reader_a_link_to_what_he_may_see(
        self,
        client_as: ClientAs,
        session: AsyncSession,
        sessions: Sessions,
        tell: Tell,
        crm_settings: Settings,
    ) -> None:
        await works_here(session)
        mine: dict[str, Any] = {"owner_id": PETRO, "team_id": named("Lviv")}
        await tell(
            pipeline_created(), won("a", on="03-05", amount="777.0000", **mine),
            won("b", on="03-06", amount="333.0000"), lost("c", on="03-07", **mine),
        )  # fmt: skip
        admin = client_as("admin", user_id=OLENA)
        made = await admin.post("/v1/reports/schedules", json=body(PETRO, OLENA))
        assert made.status_code == 201, made.text
        id_ = made.json()["id"]
        [created] = await recorded(session, ReportScheduleCreated)
        assert created.data.report_schedule.report == "sellers"
        await session.execute(update(ReportSchedule).values(next_at=utc_now()))
        await session.commit()

        async def announce() -> int:
            async with sessions.begin() as own:
                return await announce_due_reports(own, crm_settings.zone)

        # two workers at once, and one that comes later
        assert sum([*await asyncio.gather(announce(), announce()), await announce()]) == 1
        due = await recorded(session, ReportDue)
        assert {one.data.report.owner_id for one in due} == {PETRO, OLENA}
        assert len(due) == 2

        links = {one.data.report.owner_id: self._link(crm_settings, one.subject) for one in due}
        nobody = client_as(None)
        petro, olena = [(await nobody.get(links[who])).text for who in (PETRO, OLENA)]
        assert ("777.00" in petro, "333.00" in petro) == (True, False)
        assert "1110.00" in olena
        await self._opens_nothing_else(nobody, session, crm_settings, links[PETRO])

        await self._is_switched_off_when_it_can_be_told_no_more(admin, session, announce)
        revision = (await admin.get(f"/v1/reports/schedules/{id_}")).headers["etag"]
        gone = await admin.delete(f"/v1/reports/schedules/{id_}", headers={"If-Match": revision})
        assert gone.status_code == 204
        assert len(await recorded(session, ReportScheduleDeleted)) == 1
        assert (await nobody.get(links[OLENA])).status_code == 404

    async def _is_switched_off_when_it_can_be_told_no_more(
        self, admin: httpx.AsyncClient, session: AsyncSession, announce: Any
    ) -> None:
        """R8: saved by what an upgrade refuses: its owner hears of it, its readers get nothing."""
        made = await admin.post("/v1/reports/schedules", json=body(OLENA, report="plan_fact"))
        path = f"/v1/reports/schedules/{made.json()['id']}"
        saved = update(ReportSchedule).where(ReportSchedule.report == "plan_fact")
        await session.execute(saved.values(next_at=utc_now(), filters={"channel": "web"}))
        await session.commit()

        assert [await announce(), await announce()] == [1, 0]

        [told] = await recorded(session, ReportScheduleDisabled)
        assert told.data.refused == ["channel"]
        assert told.data.report_schedule.owner_id == OLENA
        assert len(await recorded(session, ReportDue)) == 2
        shown = (await admin.get(path)).json()
        assert (shown["is_active"], shown["next_at"], shown["revision"]) == (False, None, 2)

    def _link(self, settings: Settings, delivery: UUID, days: int = 7) -> str:
        until = utc_now() + timedelta(days=days)
        token = make_link(settings.link_key, "report", delivery, expires_at=until)
        return f"/v1/reports/sent/{token}"

    async def _opens_nothing_else(
        self, nobody: httpx.AsyncClient, session: AsyncSession, settings: Settings, link: str
    ) -> None:
        delivery = await session.scalar(
            select(ReportDelivery.id).where(ReportDelivery.recipient_id == PETRO)
        )
        assert delivery is not None
        bad = [f"{link}0", self._link(settings, delivery, days=-1), self._link(settings, OLENA)]
        for one in bad:
            assert (await nobody.get(one)).json()["code"] == "link-not-good"
        gone = update(KNOWN_USERS).where(KNOWN_USERS.c.id == PETRO).values(is_active=False)
        await session.execute(gone)
        await session.commit()
        assert (await nobody.get(link)).status_code == 404

    async def test_refuse_strangers_and_what_is_no_report(
        self, client_as: ClientAs, session: AsyncSession
    ) -> None:
        await works_here(session)
        admin = client_as("admin", user_id=OLENA)
        seller = client_as("seller", user_id=PETRO)

        answers = {
            "/recipient_ids/1": await admin.post("/v1/reports/schedules", json=body(PETRO, GONE)),
            "/recipient_ids/0": await seller.post("/v1/reports/schedules", json=body(OLENA)),
            "/report": await admin.post(
                "/v1/reports/schedules", json=body(PETRO, report="nonsense")
            ),
            "/at": await admin.post("/v1/reports/schedules", json=body(PETRO, at="24:00")),
            "/weekdays/0": await admin.post(
                "/v1/reports/schedules", json=body(PETRO, weekdays=[8])
            ),
            "/filters": await admin.post(
                "/v1/reports/schedules", json=body(PETRO, filters={"weather": "fine"})
            ),
        }

        by_channel = body(PETRO, report="plan_fact", filters={"channel": "web"})
        answers["/filters/channel"] = await admin.post("/v1/reports/schedules", json=by_channel)

        for pointer, answer in answers.items():
            assert answer.status_code == 422, answer.text
            assert [one["pointer"] for one in answer.json()["errors"]] == [pointer]
        own = await seller.post("/v1/reports/schedules", json=body(PETRO))
        assert own.status_code == 201
        assert (
            await client_as("viewer").post("/v1/reports/schedules", json=body(PETRO))
        ).status_code == 403
        other = client_as("seller", user_id=named("Other"))
        assert (await other.get(f"/v1/reports/schedules/{own.json()['id']}")).status_code == 404
        assert (await other.get("/v1/reports/schedules")).json()["items"] == []
        listed = (await admin.get("/v1/reports/schedules")).json()["items"]
        assert [one["at"] for one in listed] == ["08:30"]
