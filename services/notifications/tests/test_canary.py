"""Nothing that people typed leaves the database: not in events, problems, logs or dead letters."""

from typing import Any

import pytest
from httpx import AsyncClient
from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from crm_notifications.channels.models import MailboxLetter
from crm_notifications.channels.rules import Channel
from crm_notifications.channels.senders.mailbox import MailboxSender
from crm_notifications.consumers import SUBSCRIPTIONS
from crm_notifications.deliveries.jobs import MessageSender
from crm_notifications.testing import MOVED, know, make_contact, stage_moved
from crm_shared.db.engine import Sessions
from crm_shared.testing.events import announced

CANARY = "Зозулинець"
TEXTS = {"uk": {"subject": CANARY, "text": f"{CANARY} {{{{ contact.full_name }}}}", "html": CANARY}}


async def given_rule(client: AsyncClient) -> dict[str, Any]:
    template = (await client.post("/v1/templates", json={"name": "Moved", "texts": TEXTS})).json()
    rule = {
        "name": "Tell",
        "event_type": MOVED,
        "template_id": template["id"],
        "recipient": "client",
    }
    return {"template": template, **(await client.post("/v1/message-rules", json=rule)).json()}


class TestCanary:
    async def test_stays_out_of_events_and_logs(
        self,
        client: AsyncClient,
        session: AsyncSession,
        sessions: Sessions,
        capfd: pytest.CaptureFixture[str],
    ) -> None:
        await given_rule(client)
        moved = stage_moved(title=CANARY)
        contact_id = moved.data.as_dict()["deal"]["contact_id"]
        person = make_contact(first_name=CANARY, email="canary@example.com")
        await know(session, "contact", contact_id, **person)
        await SUBSCRIPTIONS[0].handle(session, [moved])
        await session.commit()
        provider = MailboxSender(sessions, mail_from="crm@example.com")

        await MessageSender(sessions, {Channel.EMAIL: provider}, languages=("uk",)).send_due()

        [letter] = await session.scalars(select(MailboxLetter))
        assert CANARY in letter.text
        told = [envelope.model_dump_json() for envelope in await announced(session)]
        assert len(told) == 4
        assert not any(CANARY in text or "canary@" in text for text in told)
        printed = capfd.readouterr()
        assert CANARY not in printed.out + printed.err

    async def test_is_not_repeated_by_refusals(self, client: AsyncClient) -> None:
        rule = await given_rule(client)
        path = f"/v1/templates/{rule['template']['id']}"
        refusals = [
            await client.delete(path, headers={"If-Match": "*"}),
            await client.patch(path, json={"name": CANARY}, headers={"If-Match": '"9"'}),
            await client.patch(path, json={CANARY: 1, "name": None}, headers={"If-Match": "*"}),
            await client.post(f"{path}/preview", json={"values": {"deal.title": CANARY * 200}}),
            await client.post(
                "/v1/templates",
                json={"name": CANARY, "texts": {"uk": {"subject": CANARY, "text": "{{ x }}"}}},
            ),
        ]

        assert [one.status_code for one in refusals] == [409, 412, 422, 422, 422]
        quoted = [one.text for one in refusals if CANARY in one.text.replace(f"/{CANARY}", "")]
        assert quoted == []
