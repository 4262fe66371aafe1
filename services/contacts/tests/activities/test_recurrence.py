"""Series: when they go on, and that they go on once."""

from datetime import UTC, datetime
from typing import Any
from zoneinfo import ZoneInfo

import httpx
import pytest
from sqlalchemy.ext.asyncio import AsyncSession

from crm_contacts.activities.rules import next_due
from crm_contacts.events import ActivityCreated
from crm_shared.ids import new_id
from crm_shared.testing.events import recorded

KYIV = ZoneInfo("Europe/Kyiv")
ANY = {"If-Match": "*"}


def at(text: str) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=KYIV).astimezone(UTC)


def every(frequency: str, **more: Any) -> dict[str, Any]:
    return {"frequency": frequency, "interval": 1, "until": None, "count": None, **more}


class TestNextDue:
    @pytest.mark.parametrize(
        ("rule", "first", "occurrence", "due"),
        [
            (every("daily"), "2026-03-27T09:00", 1, "2026-03-28T09:00"),
            (every("daily", interval=3), "2026-03-27T09:00", 2, "2026-04-02T09:00"),
            (every("weekly"), "2026-03-27T09:00", 1, "2026-04-03T09:00"),
            (every("monthly"), "2026-01-31T09:00", 1, "2026-02-28T09:00"),
            (every("monthly"), "2026-01-31T09:00", 2, "2026-03-31T09:00"),
            (every("monthly", interval=2), "2026-11-30T09:00", 1, "2027-01-30T09:00"),
        ],
    )
    def test_keeps_the_day_and_the_hour_of_the_clock(
        self, rule: dict[str, Any], first: str, occurrence: int, due: str
    ) -> None:
        assert next_due(rule, at(first), occurrence, KYIV) == at(due)

    def test_ends_by_count_by_date_and_with_the_calendar(self) -> None:
        first = at("2026-01-10T09:00")
        until = every("daily", until=at("2026-01-11T08:00").isoformat())

        assert next_due(every("daily", count=2), first, 2, KYIV) is None
        assert next_due(until, first, 1, KYIV) is None
        assert next_due(every("monthly", interval=365), first, 999, KYIV) is None
        never = datetime(9999, 12, 31, 23, 59, tzinfo=UTC)
        assert next_due(every("daily", count=5), never, 1, KYIV) is None


class TestSeries:
    async def test_goes_on_when_one_is_completed_or_missed(
        self, client: httpx.AsyncClient, session: AsyncSession
    ) -> None:
        contact_id = str(new_id())
        weekly = {
            "kind": "call",
            "due_at": "2026-03-23T09:00:00+02:00",
            "contact_id": contact_id,
            "is_promise": True,
            "channel": "phone",
            "recurrence": {"frequency": "weekly", "count": 3},
        }
        first = (await client.post("/v1/activities", json=weekly)).json()

        await client.post(f"/v1/activities/{first['id']}/complete", headers=ANY)
        second = await planned(client)
        await client.post(f"/v1/activities/{second['id']}/miss", headers=ANY)
        third = await planned(client)
        await client.post(f"/v1/activities/{third['id']}/complete", headers=ANY)

        assert [one["occurrence"] for one in (first, second, third)] == [1, 2, 3]
        # an hour earlier by universal time: summer has begun
        assert [second["due_at"], third["due_at"]] == [
            "2026-03-30T06:00:00Z",
            "2026-04-06T06:00:00Z",
        ]
        assert second["agreed_at"] == second["due_at"]
        assert second["contact_id"] == contact_id
        assert second["series_id"] == third["series_id"] == first["id"]
        assert len(await recorded(session, ActivityCreated)) == 3
        left = await client.get("/v1/activities?status=planned")
        assert left.json()["items"] == []

    async def test_goes_on_once_however_often_one_is_closed(
        self, client: httpx.AsyncClient
    ) -> None:
        daily = {
            "kind": "call",
            "due_at": "2026-03-23T09:00:00Z",
            "recurrence": {"frequency": "daily", "until": "2026-03-30T00:00:00Z"},
        }
        first = (await client.post("/v1/activities", json=daily)).json()
        path = f"/v1/activities/{first['id']}"

        for verb in ("complete", "reopen", "miss", "reopen", "complete"):
            answer = await client.post(f"{path}/{verb}", headers=ANY)
            assert answer.status_code == 200, answer.text

        listed = await client.get("/v1/activities")
        assert len(listed.json()["items"]) == 2


async def planned(client: httpx.AsyncClient) -> dict[str, Any]:
    answer = await client.get("/v1/activities?status=planned")
    [one] = answer.json()["items"]
    found: dict[str, Any] = one
    return found
