"""S4: consents per channel and purpose, with source, time and history; the public link."""

import asyncio
from datetime import timedelta
from typing import Any

import httpx
from sqlalchemy import text, update
from sqlalchemy.ext.asyncio import AsyncSession

from crm_contacts.contacts.models import Contact
from crm_contacts.events import ConsentGiven, ConsentWithdrawn
from crm_shared.clock import utc_now
from crm_shared.db.engine import Sessions
from crm_shared.ids import new_id
from crm_shared.testing.events import recorded
from crm_shared.testing.plugin import ClientAs

ANY = {"If-Match": "*"}


async def somebody_waits(session: AsyncSession) -> bool:
    return bool(await session.scalar(text("SELECT count(*) FROM pg_locks WHERE NOT granted")))


MAIL: dict[str, Any] = {"channel": "email", "purpose": "marketing", "granted": True}


class TestSayConsent:
    async def test_keeps_the_last_word_and_all_before_it(
        self, client: httpx.AsyncClient, session: AsyncSession
    ) -> None:
        """S4: consent per channel and purpose with source and time."""
        path = await person(client)
        earlier = (utc_now() - timedelta(days=3)).isoformat()
        await say(client, path, **MAIL, at=earlier, source="Exhibition, stand 7")

        answer = await say(client, path, **{**MAIL, "granted": False}, source="By telephone")

        assert answer.status_code == 201, answer.text
        kept = (await client.get(f"{path}/consents")).json()
        assert [word["granted"] for word in kept["current"]] == [False]
        assert [word["source"] for word in kept["history"]] == [
            "By telephone",
            "Exhibition, stand 7",
        ]
        [given] = await recorded(session, ConsentGiven)
        [withdrawn] = await recorded(session, ConsentWithdrawn)
        assert (given.data.channel, withdrawn.data.purpose) == ("email", "marketing")
        assert "stand 7" not in given.model_dump_json()

    async def test_the_same_word_again_says_nothing(
        self, client: httpx.AsyncClient, session: AsyncSession
    ) -> None:
        path = await person(client)
        await say(client, path, **MAIL)

        await say(client, path, **MAIL)

        assert len(await recorded(session, ConsentGiven)) == 1

    async def test_an_older_word_does_not_count(self, client: httpx.AsyncClient) -> None:
        path = await person(client)
        await say(client, path, **{**MAIL, "granted": False})

        late = await say(client, path, **MAIL, at=(utc_now() - timedelta(days=1)).isoformat())
        future = await say(client, path, **MAIL, at=(utc_now() + timedelta(days=1)).isoformat())

        assert (late.status_code, late.json()["code"]) == (409, "not-the-last-word")
        assert (future.status_code, future.json()["code"]) == (422, "consent-in-future")

        # nor by changing the person: a nightly copy of another system brings old words again
        old = {**MAIL, "at": (utc_now() - timedelta(days=1)).isoformat()}
        call = {**old, "channel": "call", "granted": False}
        kept = await client.patch(path, json={"consents": [old, call]}, headers={"If-Match": "*"})
        words = {one["channel"]: one["granted"] for one in kept.json()["consents"]}
        assert words == {"email": False, "call": False}
        assert kept.json()["do_not_call"] is True
        ahead = {**MAIL, "at": (utc_now() + timedelta(days=1)).isoformat()}
        for wrong in ([ahead], [old, old]):
            body = {"consents": wrong}
            refused = await client.patch(path, json=body, headers={"If-Match": "*"})
            assert refused.status_code == 422, wrong

    async def test_who_will_not_be_called_is_marked(self, client: httpx.AsyncClient) -> None:
        """C14: do-not-call is one flag, by which lists of whom to call leave people out."""
        path = await person(client)

        answer = await say(client, path, channel="call", purpose="marketing", granted=False)

        assert answer.json()["do_not_call"] is True
        listed = (await client.get("/v1/contacts?do_not_call=false")).json()["items"]
        assert listed == []

    async def test_nobody_else_s_person(
        self, client: httpx.AsyncClient, client_as: ClientAs
    ) -> None:
        path = await person(client)
        stranger = client_as("seller", team_ids=(new_id(),))

        assert (await say(stranger, path, **MAIL)).status_code == 404
        assert (await stranger.get(f"{path}/consents")).status_code == 404
        assert (await say(client_as("viewer"), path, **MAIL)).status_code == 403


class TestWithdrawByLink:
    async def test_one_click_withdraws_just_this_consent(
        self, client: httpx.AsyncClient, client_as: ClientAs, session: AsyncSession
    ) -> None:
        path = await person(client)
        await say(client, path, **MAIL)
        await say(client, path, **{**MAIL, "purpose": "survey"})
        link = await link_of(client, path)
        nobody = client_as(None)

        asked = await nobody.get(link)
        unchanged = (await client.get(f"{path}/consents")).json()["current"]
        done = await nobody.post(link, data={"List-Unsubscribe": "One-Click"})

        assert (asked.status_code, "<button>" in asked.text) == (200, True)
        assert all(word["granted"] for word in unchanged)
        assert (done.status_code, "<button>" in done.text) == (200, False)
        current = (await client.get(f"{path}/consents")).json()["current"]
        assert {word["purpose"]: word["granted"] for word in current} == {
            "marketing": False,
            "survey": True,
        }
        [event] = await recorded(session, ConsentWithdrawn)
        assert event.data.purpose == "marketing"

    async def test_is_not_lost_to_whoever_saves_the_person_at_that_moment(
        self, client: httpx.AsyncClient, session: AsyncSession, sessions: Sessions
    ) -> None:
        path = await person(client)
        await say(client, path, **MAIL)
        link = await link_of(client, path)

        # an import holds five hundred persons until the last of them is written
        async with sessions.begin() as other:
            await other.execute(update(Contact).values(revision=Contact.revision + 1, city="Lviv"))
            click = asyncio.create_task(client.post(link))
            async with asyncio.timeout(10):
                while not await somebody_waits(session):
                    pass

        assert (await click).status_code == 200
        kept = (await client.get(f"{path}/consents")).json()
        assert [word["granted"] for word in kept["current"]] == [False]
        assert (await client.get(path)).json()["city"] == "Lviv"

    async def test_is_good_for_nothing_else(
        self, client: httpx.AsyncClient, client_as: ClientAs
    ) -> None:
        path = await person(client)
        link = await link_of(client, path)
        nobody = client_as(None)

        other = await nobody.post(link.replace("purpose=marketing", "purpose=survey"))
        forged = await nobody.post(link.replace("?", "0?"))

        for answer in (other, forged):
            assert (answer.status_code, answer.json()["code"]) == (422, "link-refused")


async def person(client: httpx.AsyncClient) -> str:
    answer = await client.post("/v1/contacts", json={"last_name": "Коваль", "language": "uk"})
    return f"/v1/contacts/{answer.json()['id']}"


async def say(client: httpx.AsyncClient, path: str, **word: Any) -> httpx.Response:
    return await client.post(f"{path}/consents", json=word, headers=ANY)


async def link_of(client: httpx.AsyncClient, path: str) -> str:
    body = {"channel": "email", "purpose": "marketing"}
    answer = await client.post(f"{path}/consents/link", json=body)
    assert answer.status_code == 200, answer.text
    url: str = answer.json()["url"]
    return "/v1/" + url.partition("/v1/")[2]
