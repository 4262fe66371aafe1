"""Teams over HTTP."""

import httpx
from sqlalchemy.ext.asyncio import AsyncSession

from crm_contacts.events import TeamCreated, TeamDeleted, TeamUpdated
from crm_contacts.testing import make_team, make_user
from crm_shared.ids import new_id
from crm_shared.testing.events import recorded, silence
from crm_shared.testing.plugin import ClientAs


class TestCreateTeam:
    async def test_announces_the_head_and_no_name(
        self, client: httpx.AsyncClient, session: AsyncSession
    ) -> None:
        session.add(head := make_user(role="head"))
        await session.commit()

        answer = await client.post("/v1/teams", json={"name": "Захід", "head_id": str(head.id)})

        assert answer.status_code == 201, answer.text
        [envelope] = await recorded(session, TeamCreated)
        assert envelope.data.team.head_id == head.id
        assert "Захід" not in envelope.model_dump_json()

    async def test_refuses_a_head_and_a_parent_that_do_not_exist(
        self, client: httpx.AsyncClient
    ) -> None:
        for field in ("head_id", "parent_id"):
            answer = await client.post("/v1/teams", json={"name": "Захід", field: str(new_id())})
            assert answer.status_code == 422
            assert answer.json()["errors"][0]["pointer"] == f"/{field}"

    async def test_is_for_admins(self, client_as: ClientAs, session: AsyncSession) -> None:
        async with silence(session):
            answer = await client_as("head").post("/v1/teams", json={"name": "Захід"})
        assert answer.status_code == 403


class TestUpdateTeam:
    async def test_refuses_a_circle(self, client: httpx.AsyncClient, session: AsyncSession) -> None:
        session.add(top := make_team())
        await session.flush()
        session.add(under := make_team("Львів", parent_id=top.id))
        await session.commit()

        answer = await client.patch(
            f"/v1/teams/{top.id}", json={"parent_id": str(under.id)}, headers={"If-Match": "*"}
        )

        assert (answer.status_code, answer.json()["code"]) == (422, "team-circle")

    async def test_announces_what_changed(
        self, client: httpx.AsyncClient, session: AsyncSession
    ) -> None:
        session.add(team := make_team())
        await session.commit()

        await client.patch(
            f"/v1/teams/{team.id}", json={"name": "Схід"}, headers={"If-Match": '"1"'}
        )

        [envelope] = await recorded(session, TeamUpdated)
        assert (envelope.data.changed, envelope.data.previous) == (["name"], {})


class TestDeleteTeam:
    async def test_hides_and_announces_it(
        self, client: httpx.AsyncClient, session: AsyncSession
    ) -> None:
        session.add(team := make_team())
        await session.commit()

        answer = await client.delete(f"/v1/teams/{team.id}", headers={"If-Match": "*"})

        assert answer.status_code == 204, answer.text
        assert (await client.get(f"/v1/teams/{team.id}")).status_code == 404
        assert len(await recorded(session, TeamDeleted)) == 1

    async def test_refuses_while_somebody_belongs_to_it(
        self, client: httpx.AsyncClient, session: AsyncSession
    ) -> None:
        session.add(team := make_team())
        session.add(make_user(team_ids=[team.id]))
        await session.commit()

        answer = await client.delete(f"/v1/teams/{team.id}", headers={"If-Match": "*"})

        assert (answer.status_code, answer.json()["code"]) == (409, "team-in-use")


class TestUpsertTeam:
    async def test_creates_then_changes(
        self, client: httpx.AsyncClient, session: AsyncSession
    ) -> None:
        path = "/v1/teams/by-external/maven/West"
        first = await client.put(path, json={"name": "West"})
        second = await client.put(path, json={"name": "Захід"})

        assert (first.status_code, second.status_code) == (201, 200)
        assert second.json()["revision"] == 2
