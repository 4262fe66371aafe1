"""C16: one's tasks and planned activities as a feed that calendar programs subscribe to."""

from datetime import UTC, datetime, timedelta
from typing import Any
from urllib.parse import urlsplit

import httpx
from icalendar import Calendar
from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from crm_contacts.testing import make_user
from crm_contacts.users.models import User
from crm_shared.clock import utc_now
from crm_shared.db.infrastructure import IDEMPOTENCY_KEYS
from crm_shared.testing.plugin import ClientAs

DUE = (utc_now() + timedelta(days=3)).replace(microsecond=0)


async def someone(session: AsyncSession) -> User:
    """Make a user who can sign in."""
    user = make_user()
    session.add(user)
    await session.commit()
    return user


async def link(client: httpx.AsyncClient) -> dict[str, Any]:
    """Open a calendar."""
    answer = await client.post("/v1/me/calendar-links")
    assert answer.status_code == 201, answer.text
    return dict(answer.json())


async def read(client: httpx.AsyncClient, url: str) -> dict[str, Any]:
    """Read a feed as a calendar program would; events by their titles."""
    answer = await client.get(urlsplit(url).path)
    assert answer.status_code == 200, answer.text
    assert all(len(line) <= 75 for line in answer.content.split(b"\r\n"))
    calendar = Calendar.from_ical(answer.content)
    return {str(event["SUMMARY"]): event for event in calendar.walk("VEVENT")}


class TestC16CalendarFeed:
    async def test_shows_tasks_and_activities_with_uids_that_stay(
        self, client_as: ClientAs, session: AsyncSession
    ) -> None:
        user = await someone(session)
        client, nobody = client_as("seller", user_id=user.id), client_as(None)
        task = (
            await client.post(
                "/v1/tasks", json={"title": "Подзвонити; тричі " * 6, "due_at": DUE.isoformat()}
            )
        ).json()
        await client.post("/v1/tasks", json={"title": "No time"})
        body = {"kind": "meeting", "subject": "Meet", "due_at": DUE.isoformat()}
        await client.post("/v1/activities", json=body)
        url = (await link(client))["url"]

        before = await read(nobody, url)
        later = (DUE + timedelta(hours=2)).isoformat()
        await client.patch(
            f"/v1/tasks/{task['id']}",
            json={"title": "Later", "due_at": later},
            headers={"If-Match": "*"},
        )
        after = await read(nobody, url)

        was, now = before[task["title"]], after["Later"]
        assert set(before) == {task["title"], "Meet"}
        assert was["DTSTART"].dt.astimezone(UTC) == DUE
        assert was["DTSTART"].params["TZID"] == "Europe/Kyiv"
        assert (was["UID"], was["SEQUENCE"], now["SEQUENCE"]) == (now["UID"], 0, 1)
        assert now["DTSTART"].dt.astimezone(UTC) == DUE + timedelta(hours=2)

    async def test_tells_what_is_called_off(
        self, client_as: ClientAs, session: AsyncSession
    ) -> None:
        user = await someone(session)
        client = client_as("seller", user_id=user.id)
        body = {"kind": "meeting", "subject": "Meet", "due_at": DUE.isoformat()}
        made = (await client.post("/v1/activities", json=body)).json()
        await client.post(f"/v1/activities/{made['id']}/cancel", headers={"If-Match": "*"})

        [event] = (await read(client, (await link(client))["url"])).values()

        assert event["STATUS"] == "CANCELLED"

    async def test_is_shut_by_revoking_by_forgery_and_with_its_user(
        self, client_as: ClientAs, session: AsyncSession
    ) -> None:
        user = await someone(session)
        client, admin = client_as("seller", user_id=user.id), client_as("admin")
        first, second = await link(client), await link(client)
        path = urlsplit(first["url"]).path
        own = f"/v1/me/calendar-links/{first['id']}"

        stranger = await admin.delete(own)
        gone = await client.delete(own)
        shut = await client.get(path)
        forged = await client.get(path.replace(".ics", "0.ics"))
        others = await read(client, second["url"])
        user.is_active = False
        await session.commit()
        left = await client.get(urlsplit(second["url"]).path)

        codes = [one.status_code for one in (stranger, gone, shut, forged, left)]
        assert codes == [404, 204, 404, 404, 404]
        assert others == {}

    async def test_is_one_persons_and_nobody_elses(
        self, client_as: ClientAs, session: AsyncSession
    ) -> None:
        user, other = await someone(session), await someone(session)
        client = client_as("seller", user_id=user.id)
        body = {"title": "Other's", "due_at": datetime.now(UTC).isoformat()}
        await client_as("seller", user_id=other.id).post("/v1/tasks", json=body)

        assert await read(client, (await link(client))["url"]) == {}
        assert (await client_as("admin").post("/v1/me/calendar-links")).status_code == 409

    async def test_is_not_kept_with_the_answers_of_repeated_requests(
        self, client_as: ClientAs, session: AsyncSession
    ) -> None:
        user = await someone(session)
        client, key = client_as("seller", user_id=user.id), {"Idempotency-Key": "once"}

        made = await client.post("/v1/me/calendar-links", headers=key)

        assert made.status_code == 201
        # whoever reads the database would read the calendar
        assert (await session.execute(select(IDEMPOTENCY_KEYS))).all() == []
