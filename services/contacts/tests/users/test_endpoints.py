"""Users over HTTP."""

import httpx
import pytest
from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from crm_contacts.events import UserCreated, UserUpdated
from crm_contacts.testing import make_team, make_user
from crm_contacts.users.models import User
from crm_contacts.versions.models import Version
from crm_shared.ids import new_id
from crm_shared.testing.events import recorded, silence
from crm_shared.testing.plugin import ClientAs

SELLER = {"name": "Оксана Бондар", "email": "Oksana@Kvitka.example.com", "role": "seller"}


class TestCreateUser:
    async def test_announces_role_and_teams_but_no_name(
        self, client: httpx.AsyncClient, session: AsyncSession
    ) -> None:
        session.add(team := make_team())
        await session.commit()

        answer = await client.post("/v1/users", json={**SELLER, "team_ids": [str(team.id)]})

        assert answer.status_code == 201, answer.text
        assert answer.json()["email"] == "oksana@kvitka.example.com"
        assert answer.headers["etag"] == '"1"'
        assert answer.json()["language"] == "en"  # the company's first, as nobody said another
        [envelope] = await recorded(session, UserCreated)
        assert (envelope.data.user.role, envelope.data.user.team_ids) == ("seller", [team.id])
        assert "Оксана" not in envelope.model_dump_json()

    async def test_never_gives_the_password_back_nor_keeps_it_in_history(
        self, client: httpx.AsyncClient, session: AsyncSession
    ) -> None:
        answer = await client.post("/v1/users", json={**SELLER, "password": "three green apples"})

        assert "password" not in answer.text
        [version] = await session.scalars(select(Version))
        assert "password_hash" not in version.data
        assert version.data["name"] == "Оксана Бондар"

    async def test_refuses_an_address_that_is_taken(self, client: httpx.AsyncClient) -> None:
        await client.post("/v1/users", json=SELLER)

        answer = await client.post("/v1/users", json={**SELLER, "name": "Інша Оксана"})

        assert (answer.status_code, answer.json()["code"]) == (409, "user-exists")

    @pytest.mark.parametrize(
        ("field", "value"),
        [
            ("email", "not an address"),
            ("role", "system"),
            ("name", " "),
            ("password", "short"),
            ("language", "fr"),
        ],
    )
    async def test_names_the_field_that_is_wrong(
        self, client: httpx.AsyncClient, session: AsyncSession, field: str, value: str
    ) -> None:
        answer = await client.post("/v1/users", json={**SELLER, field: value})

        assert answer.status_code == 422
        assert answer.json()["errors"][0]["pointer"] == f"/{field}"
        assert (await session.scalars(select(User))).all() == []

    async def test_refuses_a_team_that_does_not_exist(self, client: httpx.AsyncClient) -> None:
        answer = await client.post("/v1/users", json={**SELLER, "team_ids": [str(new_id())]})

        assert answer.status_code == 422
        assert answer.json()["errors"][0]["pointer"] == "/team_ids/0"

    async def test_is_for_admins(self, client_as: ClientAs, session: AsyncSession) -> None:
        async with silence(session):
            for role in ("head", "seller", "viewer", "integration"):
                answer = await client_as(role).post("/v1/users", json=SELLER)
                assert answer.status_code == 403


class TestUpdateUser:
    async def test_ends_the_tokens_of_somebody_who_is_switched_off(
        self, client: httpx.AsyncClient, session: AsyncSession
    ) -> None:
        session.add(user := make_user())
        await session.commit()

        answer = await client.patch(
            f"/v1/users/{user.id}", json={"is_active": False}, headers={"If-Match": '"1"'}
        )

        assert answer.status_code == 200, answer.text
        [envelope] = await recorded(session, UserUpdated)
        assert envelope.data.user.is_active is False
        assert envelope.data.user.tokens_valid_from is not None
        assert envelope.data.previous["is_active"] is True
        assert envelope.revision == 2

    async def test_says_nothing_when_nothing_changed(
        self, client: httpx.AsyncClient, session: AsyncSession
    ) -> None:
        session.add(user := make_user())
        await session.commit()

        await client.patch(
            f"/v1/users/{user.id}", json={"name": user.name}, headers={"If-Match": "*"}
        )

        assert await recorded(session, UserUpdated) == []

    async def test_refuses_a_stale_revision_and_asks_for_one(
        self, client: httpx.AsyncClient, session: AsyncSession
    ) -> None:
        session.add(user := make_user())
        await session.commit()
        path, body = f"/v1/users/{user.id}", {"name": "Олена"}

        async with silence(session):
            stale = await client.patch(path, json=body, headers={"If-Match": '"7"'})
            blind = await client.patch(path, json=body)

        assert (stale.status_code, blind.status_code) == (412, 428)

    @pytest.mark.parametrize("change", [{"is_active": False}, {"role": "viewer"}])
    async def test_keeps_the_last_admin(
        self, client: httpx.AsyncClient, session: AsyncSession, change: dict[str, object]
    ) -> None:
        session.add(user := make_user(role="admin"))
        await session.commit()

        answer = await client.patch(f"/v1/users/{user.id}", json=change, headers={"If-Match": "*"})

        assert (answer.status_code, answer.json()["code"]) == (409, "last-admin")

    async def test_says_404_for_somebody_unknown(self, client: httpx.AsyncClient) -> None:
        answer = await client.patch(
            f"/v1/users/{new_id()}", json={"name": "Олена"}, headers={"If-Match": "*"}
        )

        assert (answer.status_code, answer.json()["code"]) == (404, "user-not-found")


class TestUpsertUser:
    async def test_creates_then_changes_then_says_nothing(
        self, client: httpx.AsyncClient, session: AsyncSession
    ) -> None:
        path = "/v1/users/by-external/maven/Anna%20Snelling"
        first = await client.put(path, json={"name": "Anna Snelling", "role": "seller"})
        second = await client.put(path, json={"name": "Anna Snelling", "role": "head"})
        third = await client.put(path, json={"name": "Anna Snelling", "role": "head"})

        assert [one.status_code for one in (first, second, third)] == [201, 200, 200]
        assert first.json()["external_id"] == "Anna Snelling"
        assert len(await recorded(session, UserCreated)) == 1
        assert len(await recorded(session, UserUpdated)) == 1


class TestListUsers:
    async def test_filters_by_team(self, client_as: ClientAs, session: AsyncSession) -> None:
        team_id = new_id()
        session.add_all([make_user("А", team_ids=[team_id]), make_user("Б")])
        await session.commit()

        answer = await client_as("seller").get(f"/v1/users?team_ids[has_any]={team_id}")

        assert [one["name"] for one in answer.json()["items"]] == ["А"]

    async def test_refuses_a_field_nobody_knows(self, client: httpx.AsyncClient) -> None:
        assert (await client.get("/v1/users?password_hash=x")).status_code == 422
        body = {"filter": {"field": "password_hash", "op": "eq", "value": "x"}}
        assert (await client.post("/v1/users/search", json=body)).status_code == 422
