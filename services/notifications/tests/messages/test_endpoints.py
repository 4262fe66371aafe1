"""Routes of messages: who sees which, and what an operator may decide."""

from typing import Any

import pytest
from httpx import AsyncClient
from sqlalchemy.ext.asyncio import AsyncSession

from crm_notifications.events import MessageCancelled, MessageQueued, MessageSent
from crm_notifications.messages.models import Message
from crm_notifications.testing import make_message, make_template
from crm_shared.ids import new_id
from crm_shared.testing.events import recorded, silence
from crm_shared.testing.plugin import ClientAs


async def given_message(session: AsyncSession, **given: Any) -> Message:
    template = make_template()
    message = make_message(template, **given)
    session.add_all([template, message])
    await session.commit()
    return message


class TestListMessages:
    @pytest.mark.parametrize("field", ["deal_id", "contact_id", "status"])
    async def test_filters(self, client: AsyncClient, session: AsyncSession, field: str) -> None:
        wanted = await given_message(session, deal_id=new_id(), status="unknown")
        await given_message(session, deal_id=new_id())

        answer = await client.get("/v1/messages", params={field: str(getattr(wanted, field))})

        assert [one["id"] for one in answer.json()["items"]] == [str(wanted.id)]

    async def test_shows_a_seller_his_own_and_a_head_his_teams(
        self, client_as: ClientAs, session: AsyncSession
    ) -> None:
        seller, team = new_id(), new_id()
        own = await given_message(session, owner_id=seller, team_id=team)
        mate = await given_message(session, owner_id=new_id(), team_id=team)
        other = await given_message(session, owner_id=new_id(), team_id=new_id())

        sees = {}
        for role in ("seller", "head", "viewer"):
            someone = client_as(role, user_id=seller, team_ids=(team,))
            answer = await someone.get("/v1/messages")
            sees[role] = {one["id"] for one in answer.json()["items"]}
            single = await someone.get(f"/v1/messages/{other.id}")
            assert single.status_code == (200 if role == "viewer" else 404)

        assert sees["seller"] == {str(own.id)}
        assert sees["head"] == {str(own.id), str(mate.id)}
        assert sees["viewer"] == {str(own.id), str(mate.id), str(other.id)}


class TestDecide:
    @pytest.mark.parametrize(
        ("verb", "before", "after", "event"),
        [
            ("mark-sent", "unknown", "sent", MessageSent),
            ("resend", "unknown", "queued", MessageQueued),
            ("resend", "failed", "queued", MessageQueued),
            ("cancel", "queued", "cancelled", MessageCancelled),
            ("cancel", "unknown", "cancelled", MessageCancelled),
        ],
    )
    async def test_moves_the_message_and_tells_everyone(
        self,
        client: AsyncClient,
        session: AsyncSession,
        verb: str,
        before: str,
        after: str,
        event: Any,
    ) -> None:
        message = await given_message(session, status=before)

        answer = await client.post(f"/v1/messages/{message.id}/{verb}", headers={"If-Match": '"1"'})

        assert (answer.json()["status"], answer.json()["revision"]) == (after, 2)
        assert len(await recorded(session, event)) == 1

    @pytest.mark.parametrize(
        ("verb", "before"),
        [("mark-sent", "queued"), ("resend", "sent"), ("cancel", "sending"), ("cancel", "sent")],
    )
    async def test_refuses_steps_that_lead_nowhere(
        self, client: AsyncClient, session: AsyncSession, verb: str, before: str
    ) -> None:
        message = await given_message(session, status=before)

        answer = await client.post(f"/v1/messages/{message.id}/{verb}", headers={"If-Match": "*"})

        assert (answer.status_code, answer.json()["code"]) == (409, "message-step-not-possible")

    async def test_is_not_for_those_who_only_look(
        self, client_as: ClientAs, session: AsyncSession
    ) -> None:
        message = await given_message(session)

        async with silence(session):
            answer = await client_as("viewer").post(
                f"/v1/messages/{message.id}/cancel", headers={"If-Match": "*"}
            )

        assert answer.status_code == 403
