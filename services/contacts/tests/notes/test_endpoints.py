"""Notes over HTTP."""

from typing import Any

import httpx
import pytest
from sqlalchemy.ext.asyncio import AsyncSession

from crm_contacts.events import NoteCreated, NoteDeleted, NoteUpdated
from crm_contacts.testing import make_company, make_contact, make_note
from crm_contacts.timeline.models import TimelineDeal
from crm_shared.actor import Actor
from crm_shared.ids import new_id
from crm_shared.testing.events import recorded, silence
from crm_shared.testing.plugin import ClientAs

ANY = {"If-Match": "*"}


class TestCreateNote:
    async def test_keeps_its_author_and_is_announced_without_its_words(
        self, client: httpx.AsyncClient, session: AsyncSession, actor: Actor
    ) -> None:
        session.add(contact := make_contact())
        await session.commit()

        answer = await client.post(
            "/v1/notes", json={"text": "Любить каву", "contact_id": str(contact.id)}
        )

        assert answer.status_code == 201, answer.text
        assert answer.json()["author_id"] == str(actor.id)
        [envelope] = await recorded(session, NoteCreated)
        assert envelope.data.note.contact_id == contact.id
        assert "каву" not in envelope.model_dump_json()

    async def test_mentions_colleagues_by_their_ids(
        self, client: httpx.AsyncClient, session: AsyncSession
    ) -> None:
        """M10: the inbox tells whom the event names."""
        colleague, other = str(new_id()), str(new_id())
        body = {"text": "@Оля, глянь", "deal_id": str(new_id()), "mentioned_ids": [colleague]}

        note = (await client.post("/v1/notes", json=body)).json()
        more = {"mentioned_ids": [colleague, other]}
        changed = await client.patch(f"/v1/notes/{note['id']}", json=more, headers=ANY)

        assert note["mentioned_ids"] == [colleague]
        assert changed.json()["mentioned_ids"] == [colleague, other]
        [made] = await recorded(session, NoteCreated)
        [told] = await recorded(session, NoteUpdated)
        assert [str(one) for one in made.data.note.mentioned_ids] == [colleague]
        assert told.data.previous == {"mentioned_ids": [colleague]}

    async def test_is_about_what_one_may_see(
        self, client_as: ClientAs, session: AsyncSession
    ) -> None:
        contact, company = make_contact(owner_id=new_id()), make_company(owner_id=new_id())
        session.add_all([contact, company])
        await session.commit()
        seller = client_as("seller")

        for about in ({"contact_id": str(contact.id)}, {"company_id": str(company.id)}):
            answer = await seller.post("/v1/notes", json={"text": "ні", **about})
            assert answer.status_code == 404
        assert (await client_as("viewer").post("/v1/notes", json={"text": "ні"})).status_code == 403

    @pytest.mark.parametrize(
        ("body", "pointer"),
        [
            ({"text": " ", "deal_id": str(new_id())}, "/text"),
            ({"text": "ні"}, "/contact_id"),
            ({"text": "ні", "deal_id": "x"}, "/deal_id"),
        ],
    )
    async def test_names_the_field_that_is_wrong(
        self, client: httpx.AsyncClient, body: dict[str, Any], pointer: str
    ) -> None:
        answer = await client.post("/v1/notes", json=body)

        assert answer.status_code == 422
        assert answer.json()["errors"][0]["pointer"] == pointer


class TestReadNotes:
    async def test_shows_who_sees_the_client_what_others_wrote_of_him(
        self, client_as: ClientAs, session: AsyncSession
    ) -> None:
        me, deal_id = new_id(), new_id()
        contact, company = make_contact(owner_id=me), make_company(owner_id=me)
        foreign = make_contact(owner_id=new_id())
        deal = TimelineDeal(id=deal_id, revision=1, owner_id=me, team_id=None)
        about = [
            make_note("людина", contact_id=contact.id),
            make_note("фірма", contact_id=None, company_id=company.id),
            make_note("угода", contact_id=None, deal_id=deal_id),
            make_note("чужа", contact_id=foreign.id),
        ]
        session.add_all([contact, company, foreign, deal, *about])
        await session.commit()
        seller = client_as("seller", user_id=me)

        listed = await seller.get("/v1/notes")

        assert {one["text"] for one in listed.json()["items"]} == {"людина", "фірма", "угода"}
        assert (await seller.get(f"/v1/notes/{about[0].id}")).status_code == 200
        assert (await seller.get(f"/v1/notes/{about[3].id}")).status_code == 404


class TestChangeNote:
    async def test_is_pinned_reworded_and_put_away(
        self, client: httpx.AsyncClient, session: AsyncSession
    ) -> None:
        session.add(note := make_note())
        await session.commit()
        path = f"/v1/notes/{note.id}"

        pinned = await client.patch(path, json={"is_pinned": True}, headers={"If-Match": '"1"'})
        reworded = await client.patch(path, json={"text": "Любить чай"}, headers=ANY)
        stale = await client.patch(path, json={"text": "ні"}, headers={"If-Match": '"1"'})
        gone = await client.delete(path, headers=ANY)

        assert pinned.json()["is_pinned"] is True
        assert (reworded.json()["text"], stale.status_code) == ("Любить чай", 412)
        assert gone.status_code == 204
        assert (await client.get(path)).status_code == 404
        first, second = await recorded(session, NoteUpdated)
        assert (first.data.previous, second.data.changed) == ({"is_pinned": False}, ["text"])
        assert "чай" not in second.model_dump_json()
        assert len(await recorded(session, NoteDeleted)) == 1

    async def test_is_for_its_author(self, client_as: ClientAs, session: AsyncSession) -> None:
        me = new_id()
        contact = make_contact(owner_id=me)
        session.add_all([contact, note := make_note(contact_id=contact.id)])
        await session.commit()
        seller = client_as("seller", user_id=me)

        async with silence(session):
            changed = await seller.patch(f"/v1/notes/{note.id}", json={"text": "ні"}, headers=ANY)
            deleted = await seller.delete(f"/v1/notes/{note.id}", headers=ANY)

        assert (changed.status_code, deleted.status_code) == (404, 404)
