"""Routes of channels: how each is set up, and the demo's mailbox."""

from httpx import AsyncClient
from sqlalchemy.ext.asyncio import AsyncSession

from crm_notifications.channels.models import MailboxLetter
from crm_shared.ids import new_id
from crm_shared.testing.plugin import ClientAs


class TestListChannels:
    async def test_tells_who_carries_the_letters(self, client: AsyncClient) -> None:
        [email] = (await client.get("/v1/channels")).json()

        assert (email["channel"], email["provider"]) == ("email", "mailbox")
        assert email["is_configured"]


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
