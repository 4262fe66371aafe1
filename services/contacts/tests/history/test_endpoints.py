"""C4, C9, C10: how a client came to be what he is."""

from datetime import datetime
from itertools import pairwise
from typing import Any

import httpx
from hypothesis import given
from hypothesis import strategies as st
from sqlalchemy.ext.asyncio import AsyncSession

from crm_contacts.history.rules import Moment, spans_of
from crm_contacts.testing import make_user
from crm_shared.clock import utc_now
from crm_shared.ids import new_id
from crm_shared.testing.plugin import ClientAs

ANY = {"If-Match": "*"}


async def contact(client: httpx.AsyncClient, **values: Any) -> str:
    answer = await client.post("/v1/contacts", json={"last_name": "Леся", **values})
    assert answer.status_code == 201, answer.text
    return str(answer.json()["id"])


async def change(client: httpx.AsyncClient, contact_id: str, **values: Any) -> None:
    answer = await client.patch(f"/v1/contacts/{contact_id}", json=values, headers=ANY)
    assert answer.status_code == 200, answer.text


class TestHistory:
    async def test_tells_who_changed_what_and_when(
        self, client_as: ClientAs, session: AsyncSession
    ) -> None:
        session.add(admin := make_user("Ольга", role="admin"))
        await session.commit()
        client = client_as("admin", user_id=admin.id)
        one = await contact(client)
        await change(client, one, job_title="Poet")
        await change(client, one, job_title=None, tags=["a"])

        answer = (await client.get(f"/v1/contacts/{one}/history?limit=2")).json()

        assert [item["revision"] for item in answer["items"]] == [3, 2]
        assert answer["items"][0]["changes"] == [
            {"field": "job_title", "old": "Poet", "new": None},
            {"field": "tags", "old": [], "new": ["a"]},
        ]
        assert answer["items"][1]["actor_name"] == "Ольга"
        rest = (
            await client.get(f"/v1/contacts/{one}/history?before_revision={answer['next_before']}")
        ).json()
        assert [item["revision"] for item in rest["items"]] == [1]
        assert rest["next_before"] is None

    async def test_is_for_those_who_may_see_the_client(
        self, client: httpx.AsyncClient, client_as: ClientAs
    ) -> None:
        one = await contact(client, owner_id=str(new_id()))
        for part in ("history", "owners", "status"):
            answer = await client_as("seller").get(f"/v1/contacts/{one}/{part}")
            assert answer.status_code == 404, part


class TestC10Owners:
    """C10: exactly one owner at any time, and a history of owners."""

    async def test_tells_whose_a_client_was_without_gaps(
        self, client: httpx.AsyncClient, session: AsyncSession
    ) -> None:
        session.add_all([first := make_user("Іван"), second := make_user("Олена")])
        await session.commit()
        one = await contact(client, owner_id=str(first.id))
        await change(client, one, job_title="Poet")
        await change(client, one, owner_id=str(second.id))

        owners = (await client.get(f"/v1/contacts/{one}/owners")).json()["items"]

        assert [item["owner_name"] for item in owners] == ["Олена", "Іван"]
        assert owners[0]["until"] is None
        assert owners[1]["until"] == owners[0]["since"]

    @given(st.lists(st.tuples(st.integers(0, 5), st.sampled_from("abc")), min_size=1))
    def test_one_owner_holds_at_any_moment(self, turns: list[tuple[int, str]]) -> None:
        """C10: spans touch, never overlap, and two neighbours differ."""
        start, passed, moments = utc_now(), 0, []
        for seconds, owner in turns:
            passed += seconds + 1
            at = datetime.fromtimestamp(start.timestamp() + passed, tz=start.tzinfo)
            moments.append(Moment(at, new_id(), owner))

        spans = spans_of(moments)

        assert spans[-1].until is None
        assert spans[0].since == moments[0].at
        for one, following in pairwise(spans):
            assert one.until == following.since
            assert one.value != following.value


class TestC4Status:
    """C4: client status with history and next step."""

    async def test_tells_how_far_one_has_come_and_what_is_next(
        self, client: httpx.AsyncClient
    ) -> None:
        one = await contact(client, lifecycle_stage="new")
        await change(client, one, lifecycle_stage="talks")
        await change(client, one, job_title="Poet")
        later = {"title": "Later", "contact_id": one, "due_at": "2030-01-02T00:00:00Z"}
        await client.post("/v1/tasks", json=later)
        sooner = {"kind": "call", "contact_id": one, "due_at": "2030-01-01T00:00:00Z"}
        call = (await client.post("/v1/activities", json=sooner)).json()

        status = (await client.get(f"/v1/contacts/{one}/status")).json()

        assert status["status"] == "talks"
        assert [item["status"] for item in status["history"]] == ["talks", "new"]
        assert (status["next_step"]["kind"], status["next_step"]["id"]) == ("activity", call["id"])

    async def test_knows_no_next_step_where_there_is_none(self, client: httpx.AsyncClient) -> None:
        one = await contact(client)
        status = (await client.get(f"/v1/contacts/{one}/status")).json()
        assert (status["status"], status["next_step"]) == (None, None)

    async def test_is_there_for_companies_too(self, client: httpx.AsyncClient) -> None:
        """C15: kinds of a company, several at once, beside its status."""
        body = {"name": "Лан", "lifecycle_stage": "partner", "kinds": ["supplier", "partner"]}
        one = (await client.post("/v1/companies", json=body)).json()
        status = (await client.get(f"/v1/companies/{one['id']}/status")).json()
        assert status["status"] == "partner"
        found = (await client.get("/v1/companies?kinds[has_all]=supplier,partner")).json()
        assert [item["id"] for item in found["items"]] == [one["id"]]
        owners = (await client.get(f"/v1/companies/{one['id']}/owners")).json()["items"]
        assert len(owners) == 1


class TestC9KeyClients:
    """C9: key-client flag and preference fields."""

    async def test_are_found_and_their_tastes_told_to_nobody_else(
        self, client: httpx.AsyncClient
    ) -> None:
        one = await contact(client, is_key=True, preferences={"coffee": "black"})
        await contact(client)

        found = (await client.get("/v1/contacts?is_key=true&has_next_step=false")).json()["items"]

        assert [item["id"] for item in found] == [one]
        assert found[0]["preferences"] == {"coffee": "black"}

    async def test_take_only_codes_as_names_of_tastes(self, client: httpx.AsyncClient) -> None:
        body = {"last_name": "Леся", "preferences": {"Favourite coffee!": "black"}}
        answer = await client.post("/v1/contacts", json=body)
        assert answer.status_code == 422
        assert answer.json()["errors"][0]["pointer"].startswith("/preferences")
