"""C16: contacts come from address books as vCards and go back there."""

import httpx
from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from crm_contacts.contacts.models import Contact
from crm_contacts.events import ContactCreated
from crm_contacts.vcards.rules import read_cards
from crm_shared.testing.events import recorded
from crm_shared.testing.plugin import ClientAs

CARDS = """BEGIN:VCARD\r
VERSION:3.0\r
UID:one@phone\r
N:Шев\\;ченко;Оксана;Петрівна;;\r
item1.EMAIL;TYPE=INTERNET;TYPE=WORK:oksana@acme.test\r
TEL;TYPE=CELL:067 123-45-67\r
TITLE:Long title that is\r
  folded\r
BDAY:1984-03-09\r
TZ;VALUE=text:Europe/Kyiv\r
CATEGORIES:vip,new\\, warm\r
END:VCARD\r
BEGIN:VCARD\r
VERSION:4.0\r
FN:Олег Бондар\r
TEL;VALUE=uri;TYPE="voice,home":tel:+380501112233\r
BDAY:19840309\r
TZ:+02:00\r
END:VCARD\r
BEGIN:VCARD\r
VERSION:4.0\r
FN:Broken\r
EMAIL:no address\r
END:VCARD\r
"""


class TestC16VcardsIn:
    async def test_make_contacts_and_say_which_cards_could_not(
        self, client: httpx.AsyncClient, session: AsyncSession
    ) -> None:
        answer = await client.post("/v1/contacts/vcards", content=CARDS.encode())

        assert answer.status_code == 200, answer.text
        assert (answer.json()["succeeded"], answer.json()["failed"]) == (2, 1)
        found = {one.last_name: one for one in await session.scalars(select(Contact))}
        oksana, oleh = found["Шев;ченко"], found["Олег Бондар"]
        assert (oksana.first_name, oksana.middle_name) == ("Оксана", "Петрівна")
        assert oksana.job_title == "Long title that is folded"
        assert (oksana.phone_keys, oksana.tags) == (["+380671234567"], ["vip", "new, warm"])
        assert oksana.birth_date == oleh.birth_date
        # an offset names no zone
        assert (oksana.time_zone, oleh.time_zone) == ("Europe/Kyiv", None)
        assert oleh.phone_keys == ["+380501112233"]
        assert len(await recorded(session, ContactCreated)) == 2

    async def test_with_a_uid_change_their_contact_the_second_time(
        self, client: httpx.AsyncClient, session: AsyncSession
    ) -> None:
        first = CARDS[: CARDS.index("END:VCARD") + 11]
        await client.post("/v1/contacts/vcards", content=first.encode())
        await client.post("/v1/contacts/vcards", content=first.replace("Оксана", "Олена").encode())

        [one] = await session.scalars(select(Contact))
        assert one.first_name == "Олена"

    async def test_that_are_none_are_refused(
        self, client: httpx.AsyncClient, client_as: ClientAs
    ) -> None:
        codes = [
            (await client.post("/v1/contacts/vcards", content=content)).status_code
            for content in (b"", b"hello", "BEGIN:VCARD".encode("utf-16"))
        ]
        forbidden = await client_as("viewer").post("/v1/contacts/vcards", content=CARDS.encode())

        assert codes == [422, 422, 422]
        assert forbidden.status_code == 403


class TestC16VcardsOut:
    async def test_come_back_in_as_they_were(
        self, client: httpx.AsyncClient, client_as: ClientAs
    ) -> None:
        company = (await client.post("/v1/companies", json={"name": "Кав'ярня; Київ"})).json()
        body = {
            "first_name": "Оксана",
            "last_name": "Дуже, довге; прізвище " * 4 + "\u2028A:B\\",
            "emails": [{"value": "oksana@acme.test"}],
            "phones": [{"value": "+380671234567"}],
            "birth_date": "1984-03-09",
            "time_zone": "Asia/Almaty",
            "company_id": company["id"],
            "tags": ["vip"],
        }
        made = (await client.post("/v1/contacts", json=body)).json()
        url = f"/v1/contacts/{made['id']}/vcard"

        for version in ("3.0", "4.0"):
            answer = await client.get(url, params={"version": version})
            assert answer.headers["content-type"].startswith("text/vcard")
            assert all(len(line) <= 75 for line in answer.content.split(b"\r\n"))
            [card] = read_cards(answer.text)
            assert card.first("VERSION") == version
            assert card.parts("N")[:2] == [body["last_name"].strip(), "Оксана"]
            assert card.first("TZ") == "Asia/Almaty"
            assert card.first("ORG") == "Кав'ярня; Київ"
            assert card.first("UID") == f"urn:uuid:{made['id']}"
        assert (await client_as("seller").get(url)).status_code == 404
