"""T3, C19: the working calendar: who may change it, what is announced, what it counts."""

import asyncio
from typing import Any
from zoneinfo import ZoneInfo

import httpx
import pytest
from sqlalchemy import delete
from sqlalchemy.ext.asyncio import AsyncSession

from crm_contacts.events import WorkspaceUpdated
from crm_contacts.workspace.queries import working_calendar
from crm_shared.db.infrastructure import REFS
from crm_shared.events.known_calendar import WORKSPACE_ID, keep_calendar, known_calendar
from crm_shared.events.known_calendar import WorkspaceUpdated as Heard
from crm_shared.testing.events import envelope_of, recorded, silence
from crm_shared.testing.plugin import ClientAs

ANY = {"If-Match": "*"}
PATH = "/v1/workspace"
KYIV = ZoneInfo("Europe/Kyiv")
OFFICE = [{"start": "09:00", "end": "18:00"}]
WEEK = dict.fromkeys(("monday", "tuesday", "wednesday", "thursday", "friday"), OFFICE)
NEW_YEAR = {
    "on": "2026-01-01",
    "kind": "holiday",
    "names": {"en": "New Year's Day", "uk": "Новий рік", "ru": "Новый год"},
    "every_year": True,
}
EVE = {"on": "2026-12-31", "kind": "short", "hours": [{"start": "09:00", "end": "13:00"}]}


class TestT3GetWorkspace:
    async def test_shows_settings_and_office_hours_before_anybody_set_it_up(
        self, client_as: ClientAs
    ) -> None:
        answer = await client_as("accountant").get(PATH)

        body = answer.json()
        assert answer.headers["ETag"] == '"0"'
        assert (body["time_zone"], body["currency"]) == ("Europe/Kyiv", "UAH")
        assert body["languages"] == ["en", "uk", "ru"]
        assert body["schedules"][0]["week"]["friday"] == OFFICE
        assert body["schedules"][0]["week"]["sunday"] == []


class TestT3UpdateWorkspace:
    async def test_announces_the_whole_calendar(
        self, client: httpx.AsyncClient, session: AsyncSession
    ) -> None:
        answer = await client.patch(
            PATH, json={"special_days": [NEW_YEAR, EVE]}, headers={"If-Match": '"0"'}
        )

        assert (answer.status_code, answer.json()["revision"]) == (200, 1), answer.text
        assert answer.json()["special_days"][0]["names"]["uk"] == "Новий рік"
        [envelope] = await recorded(session, WorkspaceUpdated)
        told = envelope.data.workspace
        assert (envelope.subject, envelope.revision) == (WORKSPACE_ID, 1)
        assert (told.time_zone, len(told.special_days)) == ("Europe/Kyiv", 2)
        assert envelope.data.changed == ["special_days"]

    async def test_counts_from_then_on(self, client: httpx.AsyncClient) -> None:
        await client.patch(PATH, json={"special_days": [NEW_YEAR, EVE]}, headers=ANY)
        asked = {"start": "2026-12-31T12:30:00+02:00", "within": "PT1H"}

        due = await client.get(f"{PATH}/due", params=asked)
        worked = await client.get(
            f"{PATH}/working-time",
            params={"start": "2026-12-31T09:00:00+02:00", "end": "2027-01-04T10:00:00+02:00"},
        )

        assert due.json()["due_at"] == "2027-01-04T07:30:00Z"
        assert (worked.json()["working_time"], worked.json()["seconds"]) == ("PT5H", 5 * 3600)

    async def test_keeps_what_was_worked_before_a_new_schedule(
        self, client: httpx.AsyncClient
    ) -> None:
        shorter = {**WEEK, "friday": [{"start": "09:00", "end": "14:00"}]}
        both = [{"week": WEEK}, {"valid_from": "2026-06-01", "week": shorter}]
        await client.patch(PATH, json={"schedules": both}, headers=ANY)

        seconds = [
            (
                await client.get(
                    f"{PATH}/working-time",
                    params={"start": f"{day}T00:00:00Z", "end": f"{day}T20:00:00Z"},
                )
            ).json()["seconds"]
            for day in ("2026-05-29", "2026-06-05")
        ]

        assert seconds == [9 * 3600, 5 * 3600]

    async def test_says_nothing_when_nothing_changed(
        self, client: httpx.AsyncClient, session: AsyncSession
    ) -> None:
        body = {"special_days": [NEW_YEAR]}
        await client.patch(PATH, json=body, headers=ANY)

        again = await client.patch(PATH, json=body, headers={"If-Match": '"1"'})

        assert (again.status_code, again.json()["revision"]) == (200, 1)
        assert len(await recorded(session, WorkspaceUpdated)) == 1

    async def test_two_at_once_never_make_two_first_revisions(
        self, client: httpx.AsyncClient, session: AsyncSession
    ) -> None:
        answers = await asyncio.gather(
            *(
                client.patch(PATH, json={"special_days": [day]}, headers={"If-Match": '"0"'})
                for day in (NEW_YEAR, EVE)
            )
        )

        assert sorted(answer.status_code for answer in answers)[0] == 200
        assert sorted(answer.status_code for answer in answers)[1] in (409, 412)
        assert len(await recorded(session, WorkspaceUpdated)) == 1

    @pytest.mark.parametrize(
        ("body", "pointer"),
        [
            ({"special_days": [{**NEW_YEAR, "hours": OFFICE}]}, "/special_days/0/hours"),
            ({"special_days": [{**EVE, "hours": None}]}, "/special_days/0/hours"),
            ({"special_days": [EVE, EVE]}, "/special_days/1/on"),
            ({"special_days": [{"on": "2026-05-09", "kind": "working"}]}, "/special_days/0/hours"),
            (
                {"special_days": [{**EVE, "instead_of": "2026-12-30"}]},
                "/special_days/0/instead_of",
            ),
            ({"schedules": [{"valid_from": "2026-01-01", "week": WEEK}]}, "/schedules"),
            ({"schedules": [{"week": WEEK}, {"week": WEEK}]}, "/schedules/1/valid_from"),
            (
                {"schedules": [{"week": {"monday": [{"start": "18:00", "end": "09:00"}]}}]},
                "/schedules/0/week/monday",
            ),
            (
                {"schedules": [{"week": {"monday": [*OFFICE, *OFFICE]}}]},
                "/schedules/0/week/monday",
            ),
            (
                {"schedules": [{"week": {"monday": [{"start": "9", "end": "18:00"}]}}]},
                "/schedules/0/week/monday/0/start",
            ),
            (
                {"special_days": [{**NEW_YEAR, "names": {"de": "Neujahr"}}]},
                "/special_days/0/names/de",
            ),
        ],
    )
    async def test_refuses_a_calendar_that_contradicts_itself(
        self, client: httpx.AsyncClient, session: AsyncSession, body: dict[str, Any], pointer: str
    ) -> None:
        async with silence(session):
            answer = await client.patch(PATH, json=body, headers=ANY)

        assert answer.status_code == 422
        assert pointer in answer.json()["errors"][0]["pointer"]

    async def test_is_for_admins_who_have_read_it(
        self, client_as: ClientAs, session: AsyncSession
    ) -> None:
        body = {"special_days": [EVE]}
        async with silence(session):
            head = await client_as("head").patch(PATH, json=body, headers=ANY)
            blind = await client_as("admin").patch(PATH, json=body)
            late = await client_as("admin").patch(PATH, json=body, headers={"If-Match": '"4"'})

        assert [one.status_code for one in (head, blind, late)] == [403, 428, 412]

    async def test_tells_when_nobody_ever_works(self, client: httpx.AsyncClient) -> None:
        await client.patch(PATH, json={"schedules": [{"week": {}}]}, headers=ANY)

        never = await client.get(
            f"{PATH}/due", params={"start": "2026-03-16T09:00:00Z", "within": "PT1H"}
        )
        beyond = await client.get(
            f"{PATH}/due", params={"start": "2026-03-16T09:00:00Z", "within": "-PT1H"}
        )
        ages = {"start": "1026-03-16T09:00:00Z", "end": "2026-03-16T09:00:00Z"}
        long = await client.get(f"{PATH}/working-time", params=ages)

        assert (never.status_code, never.json()["code"]) == (422, "no-working-time")
        assert (beyond.status_code, long.status_code) == (422, 422)


class TestT3KnownCalendar:
    async def test_other_services_count_by_the_newest_they_heard(
        self, client: httpx.AsyncClient, session: AsyncSession
    ) -> None:
        for days in ([NEW_YEAR], [NEW_YEAR, EVE]):
            await client.patch(PATH, json={"special_days": days}, headers=ANY)
        first, second = await recorded(session, WorkspaceUpdated)
        heard = [
            envelope_of(
                Heard.model_validate(one.data.model_dump(mode="json")),
                subject=one.subject,
                revision=one.revision,
            )
            for one in (first, second)
        ]
        # contacts keeps a copy of its own at once; another service has none yet
        await session.execute(delete(REFS))
        assert (await known_calendar(session, KYIV)).days == {}

        # disorder and redelivery change nothing
        for batch in ([heard[1]], [heard[0]], heard):
            await keep_calendar(session, batch)

        known = await known_calendar(session, KYIV)
        assert known == await working_calendar(session, KYIV)
        assert len(known.days) == len(known.yearly) == 1
