"""M2, G10: drafting and starting a mailing over HTTP."""

from typing import Any

from httpx import AsyncClient
from sqlalchemy.ext.asyncio import AsyncSession

from crm_notifications.channels.rules import Channel
from crm_notifications.channels.statements import keep_address
from crm_notifications.events import MailingStarted
from crm_notifications.persons.use_cases import erase_person
from crm_notifications.testing import make_message, make_template
from crm_shared.ids import new_id
from crm_shared.testing.events import recorded, silence
from crm_shared.testing.plugin import ClientAs

ANY = {"If-Match": "*"}
WORDS = {
    "subject": "Новини",
    "text": "{{ recipient.unsubscribe_url }}",
    "html": '<a href="{{ recipient.unsubscribe_url }}">x</a>',
}


class TestM2Endpoints:
    async def given_template(self, client: AsyncClient, **given: Any) -> str:
        body = {"name": "News", "texts": {"uk": WORDS | given}}
        made: str = (await client.post("/v1/templates", json=body)).json()["id"]
        return made

    async def test_draft_and_start(
        self, client: AsyncClient, session: AsyncSession, client_as: ClientAs
    ) -> None:
        body = {
            "name": "News",
            "segment_id": str(new_id()),
            "template_id": await self.given_template(client),
        }
        made = await client_as("marketing").post("/v1/mailings", json=body)
        assert made.status_code == 201, made.text
        path = f"/v1/mailings/{made.json()['id']}"
        changed = await client.patch(path, json={"per_minute": 100}, headers=ANY)
        assert changed.json()["per_minute"] == 100
        started = await client.post(f"{path}/start", headers={"If-Match": '"2"'})
        assert (started.json()["status"], started.headers["ETag"]) == ("running", '"3"')
        refused = await client.patch(path, json={"per_minute": 1}, headers=ANY)
        assert refused.status_code == 409
        assert len(await recorded(session, MailingStarted)) == 1
        assert (await client_as("seller").post("/v1/mailings", json=body)).status_code == 403

    async def test_no_letter_without_a_way_out(
        self, client: AsyncClient, session: AsyncSession
    ) -> None:
        template = await self.given_template(client, html="<p>Hello</p>")
        body = {"name": "News", "segment_id": str(new_id()), "template_id": template}
        async with silence(session):
            refused = await client.post("/v1/mailings", json=body)
            half = await client.post("/v1/mailings", json=body | {"window_from": "09:00"})
            nobody = await client.post("/v1/mailings", json=body | {"template_id": str(new_id())})

        assert [one.status_code for one in (refused, half, nobody)] == [422] * 3
        assert refused.json()["errors"][0]["pointer"] == "/template_id"
        assert "unsubscribe_url" in refused.json()["errors"][0]["detail"]


class TestG10Forgotten:
    async def test_person_leaves_no_chat_and_no_key_of_his_address(
        self, client: AsyncClient, session: AsyncSession
    ) -> None:
        template = make_template()
        message = make_message(template, mailing_id=new_id(), address_key="k" * 64)
        session.add_all([template, message])
        await keep_address(session, Channel.TELEGRAM, message.recipient_id, "77")
        await session.commit()

        emptied = await erase_person(session, message.recipient_id)

        assert emptied["addresses"] == 1
        await session.refresh(message)
        assert (message.address_key, message.status) == (None, "cancelled")
