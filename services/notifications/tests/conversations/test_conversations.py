"""M4, K61: one conversation per person and channel: who waits, who answered, who may see it."""

from datetime import timedelta
from typing import Any

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from crm_notifications.consumers.leads import SUBSCRIPTIONS
from crm_notifications.conversations.models import Conversation, ConversationMessage
from crm_notifications.conversations.rules import NOBODY, About, Said
from crm_notifications.conversations.use_cases import receive
from crm_notifications.events import (
    ConversationAnswered,
    ConversationOpened,
    ConversationUpdated,
    MessageReceived,
    WatchedFieldsRead,
)
from crm_notifications.persons.queries import rows_of
from crm_notifications.persons.use_cases import erase_person
from crm_shared.actor import Role
from crm_shared.clock import utc_now
from crm_shared.ids import new_id
from crm_shared.testing.events import envelope_of, recorded, silence
from crm_shared.testing.plugin import ClientAs
from crm_shared.testing.policies import decide

CANARY = "Зозулинець"


def said(reference: str, **given: Any) -> Said:
    values = {"channel": "sms", "address": "+380671112233", "text": CANARY, "at": utc_now()}
    return Said(**{**values, "reference": reference, **given})


class TestM4Conversation:
    async def test_holds_each_message_once_and_knows_who_waits_since_when(
        self, session: AsyncSession
    ) -> None:
        now, seller, client = utc_now(), new_id(), new_id()
        about = About(contact_id=client, owner_id=seller)
        first = await receive(session, said("1", at=now - timedelta(hours=2)), NOBODY)
        await receive(session, said("2", at=now - timedelta(hours=3)), about)
        await receive(session, said("3", is_automatic=True), about)
        async with silence(session):
            again = await receive(session, said("1"), about)
        assert again.id == first.id

        copied = said("4", direction="outbound", author_id=seller, at=now)
        await receive(session, copied, about)
        await receive(session, said("5"), NOBODY)

        [talk] = await session.scalars(select(Conversation))
        assert (talk.contact_id, talk.owner_id, talk.status) == (client, seller, "waiting")
        assert talk.waiting_since is not None
        assert talk.waiting_since >= now
        assert len(list(await session.scalars(select(ConversationMessage)))) == 5
        assert len(await recorded(session, ConversationOpened)) == 1
        # each word of a person is a change: the second told whose it is, the last came after ours
        [learned, last] = await recorded(session, ConversationUpdated)
        heard = {"waiting_since", "first_received_at"}
        assert set(learned.data.changed) == {"contact_id", "owner_id", *heard}
        assert set(last.data.changed) == {"status", "waiting_since", "last_at"}
        assert (talk.revision, last.revision) == (4, 4)
        told = [one.data.message for one in await recorded(session, MessageReceived)]
        assert [one.is_first for one in told] == [True, False, False, False, False]
        assert [one.contact_id for one in told] == [None, *[client] * 4]
        [answered] = await recorded(session, ConversationAnswered)
        assert (answered.data.waited_s, answered.data.is_first) == (3 * 3600, True)
        assert CANARY not in answered.model_dump_json()

    async def test_is_seen_and_given_within_the_scope(
        self, client_as: ClientAs, session: AsyncSession
    ) -> None:
        seller, team = new_id(), new_id()
        message = await receive(session, said("1"), About(owner_id=seller, team_id=team))
        await receive(session, said("2", address="+380500000000"), NOBODY)
        await session.commit()
        path = f"/v1/conversations/{message.conversation_id}"
        his = client_as(Role.SELLER, user_id=seller, team_ids=(team,))
        others = client_as(Role.SELLER)

        seen = {
            "his": (await his.get("/v1/conversations")).json()["items"],
            "heads": (await client_as(Role.HEAD, team_ids=(team,)).get("/v1/conversations")).json()[
                "items"
            ],
            "others": (await others.get("/v1/conversations")).json()["items"],
            "all": (await client_as(Role.VIEWER).get("/v1/conversations")).json()["items"],
        }
        assert {who: len(items) for who, items in seen.items()} == {
            "his": 1,
            "heads": 1,
            "others": 0,
            "all": 2,
        }
        answers = [
            await others.get(path),
            await others.get(f"{path}/messages"),
            await client_as(Role.VIEWER).post(f"{path}/close", headers={"If-Match": "*"}),
            await his.patch(path, json={"owner_id": str(new_id())}, headers={"If-Match": "*"}),
        ]
        await receive(session, said("3", at=utc_now() - timedelta(days=1)), NOBODY)
        await session.commit()
        answers += [
            await his.post(f"{path}/close", headers={"If-Match": f'"{revision}"'})
            for revision in (1, 2, 3)
        ]
        # whoever closes it has read what came meanwhile, however late that came
        assert [one.status_code for one in answers] == [404, 404, 403, 403, 412, 200, 409]
        assert answers[3].json()["code"] == "outside-scope"

    async def test_is_told_to_the_person_and_emptied_when_he_is_erased(
        self, session: AsyncSession
    ) -> None:
        client = new_id()
        await receive(session, said("1", name=CANARY), About(contact_id=client))

        told = await rows_of(session, client)
        emptied = await erase_person(session, client)

        assert told["conversation_messages"][0]["text"] == CANARY
        assert emptied["conversation_messages"] == 1
        [talk] = await session.scalars(
            select(Conversation).execution_options(populate_existing=True)
        )
        assert (talk.name, talk.address) == (None, f"erased-{talk.id}")

    async def test_that_a_lead_began_becomes_the_clients_and_is_emptied_with_either(
        self, session: AsyncSession
    ) -> None:
        """P2: a client who began as a lead is forgotten as a whole."""
        lead, client, deal, others = (new_id() for _ in range(4))
        await receive(session, said("1", name=CANARY), About(lead_id=lead))
        about = About(lead_id=lead, deal_id=others)
        await receive(session, said("2", address="+380500000000"), about)
        converted, erased = SUBSCRIPTIONS[-2:]
        became = {"deal_id": str(deal), "contact_id": str(client), "company_id": None}
        event = envelope_of(converted.reads.model_validate(became), subject=lead, revision=2)

        await converted.handler(session, [event])
        async with silence(session):
            await converted.handler(session, [event])
        talks = list(await session.scalars(select(Conversation).order_by(Conversation.created_at)))
        assert [(one.contact_id, one.deal_id) for one in talks] == [
            (client, deal),
            (client, others),
        ]
        assert len(await recorded(session, ConversationUpdated)) == 2
        assert len((await rows_of(session, client))["conversation_messages"]) == 2

        unknown = await receive(session, said("3", address="+380500000001"), About(lead_id=lead))
        gone = envelope_of(erased.reads(), subject=lead, revision=3)
        await erased.handler(session, [gone])
        await erased.handler(session, [gone])
        words = await session.scalars(
            select(ConversationMessage.text).where(ConversationMessage.text.is_not(None))
        )
        assert list(words) == []
        talk = await session.get_one(Conversation, unknown.conversation_id, populate_existing=True)
        assert (talk.lead_id, talk.address) == (lead, f"erased-{talk.id}")


class TestAutomaticLetter:
    async def test_of_a_stranger_waits_for_no_answer(self, session: AsyncSession) -> None:
        letter = await receive(session, said("1", is_automatic=True), NOBODY)

        talk = await session.get_one(Conversation, letter.conversation_id)
        assert (talk.status, talk.waiting_since) == ("answered", None)


class TestHiddenAddress:
    async def test_is_left_out_for_a_role_that_may_not_see_the_contacts(
        self, client_as: ClientAs, session: AsyncSession
    ) -> None:
        """S3: with whom we talk is told by the address as much as by the contact's own."""
        await receive(session, said("1", name=CANARY), NOBODY)
        admin = client_as(Role.ADMIN)
        hidden = {"viewer": {"contact": ["phones", "first_name"]}}
        watched = {"contact": ["phones"]}
        await decide(admin, session, hidden_fields=hidden, sensitive_fields=watched)

        [talk] = (await client_as(Role.VIEWER).get("/v1/conversations")).json()["items"]
        assert await recorded(session, WatchedFieldsRead) == []
        [whole] = (await admin.get("/v1/conversations")).json()["items"]
        # what tells a watched field is read as much as the field itself
        [read] = [one.data.reading for one in await recorded(session, WatchedFieldsRead)]
        assert (read.noun, read.fields, read.ids) == ("conversation", ["address"], [whole["id"]])

        assert not {"address", "name"} & {key for key, value in talk.items() if value}
        assert (whole["address"], whole["name"]) == ("+380671112233", CANARY)
