"""Routes of channels: how each is set up, and the demo's mailbox."""

from httpx import AsyncClient
from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from crm_notifications.channels.models import MailboxLetter
from crm_notifications.channels.rules import Letter
from crm_notifications.channels.senders.in_app import InAppSender
from crm_notifications.events import ChannelUpdated
from crm_shared.clock import utc_now
from crm_shared.db.engine import Sessions
from crm_shared.ids import new_id
from crm_shared.testing.events import recorded, silence
from crm_shared.testing.plugin import ClientAs


class TestListChannels:
    async def test_tells_who_carries_the_letters(self, client: AsyncClient) -> None:
        shown = {one["channel"]: one for one in (await client.get("/v1/channels")).json()}

        providers = {channel: one["provider"] for channel, one in shown.items()}
        assert providers == {
            "email": "mailbox",
            "sms": "mailbox",
            "telegram": "mailbox",
            "viber": "mailbox",
            "whatsapp": "mailbox",
            "in_app": "in_app",
        }
        assert shown["email"]["is_configured"]


class TestM1ChangeChannel:
    async def test_stops_it_and_says_so_once(
        self, client: AsyncClient, session: AsyncSession
    ) -> None:
        path = "/v1/channels/sms"
        stopped = [
            await client.patch(path, json={"is_stopped": True}, headers={"If-Match": match})
            for match in ('"0"', '"1"', '"0"')
        ]

        assert [one.status_code for one in stopped] == [200, 200, 412]
        [event] = await recorded(session, ChannelUpdated)
        assert (event.data.changed, event.data.channel.is_stopped) == (["is_stopped"], True)
        assert stopped[1].headers["ETag"] == '"1"'

    async def test_takes_what_goes_together_together(
        self, client: AsyncClient, session: AsyncSession
    ) -> None:
        async with silence(session):
            for half in ({"quiet_from": "21:00"}, {"cap_days": 7}, {"price": "0.85"}):
                answer = await client.patch(
                    "/v1/channels/sms", json=half, headers={"If-Match": "*"}
                )
                assert (answer.status_code, answer.json()["code"]) == (422, "channel-policy")

    async def test_is_for_administrators(self, client_as: ClientAs) -> None:
        for role in ("marketing", "integration", "head"):
            changed = await client_as(role).patch(
                "/v1/channels/sms", json={}, headers={"If-Match": "*"}
            )
            assert changed.status_code == 403


class TestM1TestChannel:
    async def test_sends_one_letter_past_the_queue(
        self, client: AsyncClient, session: AsyncSession
    ) -> None:
        path, body = "/v1/channels/sms/test", {"to": "+380671112233", "language": "uk"}

        said = await client.post(path, json=body)

        assert said.json() == {"outcome": "sent", "code": None, "provider": "mailbox"}
        [letter] = await session.scalars(select(MailboxLetter))
        assert (letter.to_address, letter.channel) == ("+380671112233", "sms")

    async def test_says_that_a_channel_was_stopped(self, client: AsyncClient) -> None:
        await client.patch("/v1/channels/sms", json={"is_stopped": True}, headers={"If-Match": "*"})

        answer = await client.post("/v1/channels/sms/test", json={"to": "+380671112233"})

        assert (answer.status_code, answer.json()["code"]) == (409, "channel-off")


class TestAddresses:
    async def test_are_kept_for_messengers_only(self, client: AsyncClient) -> None:
        somebody = new_id()
        kept = [
            await client.put(f"/v1/channels/{one}/addresses/{somebody}", json={"address": "77"})
            for one in ("telegram", "telegram", "sms", "email")
        ]
        gone = await client.delete(f"/v1/channels/telegram/addresses/{somebody}")

        assert [one.status_code for one in kept] == [204, 204, 409, 409]
        assert gone.status_code == 204


class TestInAppMessages:
    async def test_are_shown_to_whom_they_were_sent(
        self, client_as: ClientAs, sessions: Sessions
    ) -> None:
        me = new_id()
        letter = Letter(new_id(), "", str(me), "Вікна", "Угода ваша", None, "uk", utc_now())
        for _ in range(2):
            await InAppSender(sessions).send([letter], until=utc_now())
        path = "/v1/channels/in-app/messages"

        mine = (await client_as("seller", user_id=me).get(path)).json()["items"]
        others = (await client_as("admin").get(path)).json()["items"]

        assert [one["text"] for one in mine] == ["Угода ваша"]
        assert others == []


class TestListMailboxMessages:
    async def test_shows_letters_to_an_admin_only(
        self, client_as: ClientAs, session: AsyncSession
    ) -> None:
        letter = MailboxLetter(
            id=new_id(),
            mail_from="crm@example.com",
            to_name="Олена",
            to_address="olena@example.com",
            subject="Вікна",
            text="Вітаємо",
            html=None,
            language="uk",
        )
        session.add(letter)
        await session.commit()
        path = "/v1/channels/mailbox/messages"

        [shown] = (await client_as("admin").get(path)).json()["items"]

        assert (shown["id"], shown["subject"]) == (str(letter.id), "Вікна")
        assert (await client_as("marketing").get(path)).status_code == 403
        assert (await client_as(None).get(path)).status_code == 401
