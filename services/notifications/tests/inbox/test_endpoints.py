"""M10: colleagues are told in the application, watch what they care for, mute what not."""

from datetime import timedelta
from typing import Any
from uuid import UUID

from httpx import AsyncClient
from sqlalchemy import insert, select, update
from sqlalchemy.ext.asyncio import AsyncSession

from crm_notifications.channels.rules import Channel
from crm_notifications.channels.senders.in_app import InAppSender
from crm_notifications.consumers import SUBSCRIPTIONS
from crm_notifications.deliveries.jobs import MessageSender
from crm_notifications.events import DigestDue, DigestFacts, MessageSent, NoticeEscalated
from crm_notifications.inbox import use_cases
from crm_notifications.inbox.models import InboxSetting, Notice
from crm_notifications.inbox.statements import drop_old
from crm_notifications.messages.models import Message
from crm_notifications.testing import (
    know,
    make_contact,
    make_message,
    make_rule,
    make_template,
    stage_moved,
)
from crm_shared.actor import Role
from crm_shared.clock import utc_now
from crm_shared.db.engine import Sessions
from crm_shared.db.infrastructure import KNOWN_TEAMS, KNOWN_USERS
from crm_shared.events.envelope import AnyEvent, Envelope
from crm_shared.ids import new_id
from crm_shared.testing.events import envelope_of, recorded
from crm_shared.testing.plugin import ClientAs


def known(role: Role, *teams: UUID, is_active: bool = True) -> dict[str, Any]:
    """A colleague as events have told of him."""
    row = {"id": new_id(), "role": role.value, "team_ids": list(teams)}
    return {**row, "is_active": is_active, "revision": 1}


async def works_here(session: AsyncSession, *people: dict[str, Any]) -> list[UUID]:
    await session.execute(insert(KNOWN_USERS), list(people))
    await session.commit()
    return [one["id"] for one in people]


async def told(session: AsyncSession, *envelopes: Envelope[AnyEvent]) -> None:
    """Let these come into the log, and the inbox read it."""
    [feed] = [one for one in SUBSCRIPTIONS if one.durable == "notifications-deals-feed"]
    await feed.handle(session, envelopes)
    while await use_cases.write_next(session):
        await session.commit()
    await session.commit()


def overdue(**deal: Any) -> Envelope[AnyEvent]:
    return stage_moved(**deal).model_copy(update={"type": "crm.deals.deal.overdue.v1"})


async def inbox(client: AsyncClient, asked: str = "") -> list[dict[str, Any]]:
    answer = await client.get(f"/v1/inbox{asked}")
    assert answer.status_code == 200, answer.text
    items: list[dict[str, Any]] = answer.json()["items"]
    return items


class TestNotices:
    async def test_come_once_to_whom_it_concerns_and_to_nobody_else(
        self, client_as: ClientAs, session: AsyncSession
    ) -> None:
        seller, other = await works_here(session, known(Role.SELLER), known(Role.ADMIN))
        late = overdue(owner_id=str(seller))

        await told(session, late, overdue())
        await told(session, late)

        [notice] = await inbox(client_as(Role.SELLER, user_id=seller))
        assert (notice["kind"], notice["noun"]) == ("overdue", "deal")
        assert notice["record_id"] == notice["about"]["deal_id"] == str(late.subject)
        assert await inbox(client_as(Role.ADMIN, user_id=other)) == []

    async def test_of_imports_old_events_and_people_who_left_are_not_made(
        self, client_as: ClientAs, session: AsyncSession
    ) -> None:
        seller, gone = await works_here(
            session, known(Role.SELLER), known(Role.SELLER, is_active=False)
        )
        long_ago = {"recordedtime": utc_now() - timedelta(hours=25)}

        await told(
            session,
            overdue(owner_id=str(seller)).model_copy(update={"bulk": True}),
            overdue(owner_id=str(seller)).model_copy(update=long_ago),
            overdue(owner_id=str(gone)),
        )

        assert (await session.scalars(select(Notice))).all() == []

    async def test_are_read_and_counted(self, client_as: ClientAs, session: AsyncSession) -> None:
        [seller] = await works_here(session, known(Role.SELLER))
        await told(session, *[overdue(owner_id=str(seller)) for _ in range(3)])
        client = client_as(Role.SELLER, user_id=seller)
        first = (await inbox(client))[0]

        one = await client.post("/v1/inbox/read", json={"ids": [first["id"]]})
        assert one.json() == {"changed": 1, "unread": 2}
        assert len(await inbox(client, "?read_at[is_null]=true")) == 2
        assert (await client.get("/v1/inbox/unread")).json()["by_kind"] == {"overdue": 2}
        back = await client.post("/v1/inbox/unread", json={"ids": [first["id"]]})
        assert back.json() == {"changed": 1, "unread": 3}
        rest = await client.post("/v1/inbox/read", json={"until": utc_now().isoformat()})
        assert rest.json() == {"changed": 3, "unread": 0}
        assert (await client.post("/v1/inbox/read", json={})).status_code == 422

    async def test_of_others_cannot_be_marked(
        self, client_as: ClientAs, session: AsyncSession
    ) -> None:
        [seller] = await works_here(session, known(Role.SELLER))
        await told(session, overdue(owner_id=str(seller)))
        [notice] = await inbox(client_as(Role.SELLER, user_id=seller))

        other = await client_as(Role.ADMIN).post("/v1/inbox/read", json={"ids": [notice["id"]]})

        assert other.json()["changed"] == 0

    async def test_of_letters_come_with_what_they_say_to_whoever_they_were_written_to(
        self, client_as: ClientAs, session: AsyncSession, sessions: Sessions
    ) -> None:
        [seller] = await works_here(session, known(Role.SELLER))
        template = make_template(channel="in_app")
        to_him = {"recipient_kind": "user", "recipient_id": seller, "channel": "in_app"}
        session.add_all([template, message := make_message(template, **to_him)])
        await know(session, "user", seller, name="Олег")
        await know(session, "contact", message.contact_id or new_id(), **make_contact())
        await session.commit()
        sender = MessageSender(sessions, {Channel.IN_APP: InAppSender(sessions)})
        await sender.send_due()
        [sent] = await recorded(session, MessageSent)
        plain = Envelope[AnyEvent].model_validate_json(sent.model_dump_json())

        await told(session, plain, plain)

        [notice] = await inbox(client_as(Role.SELLER, user_id=seller))
        assert (notice["kind"], notice["record_id"]) == ("letter", str(message.id))
        assert "Proposal" in notice["letter"]["text"]

    async def test_are_dropped_when_they_are_old_unread_ones_later(
        self, session: AsyncSession
    ) -> None:
        [seller] = await works_here(session, known(Role.SELLER))
        await told(session, *[overdue(owner_id=str(seller)) for _ in range(3)])
        ids = list(await session.scalars(select(Notice.id)))
        now = utc_now()
        ages = {ids[0]: (100, now), ids[1]: (100, None), ids[2]: (400, None)}
        for one, (days, read_at) in ages.items():
            values = {"created_at": now - timedelta(days=days), "read_at": read_at}
            await session.execute(update(Notice).where(Notice.id == one).values(**values))

        gone = await drop_old(
            session,
            now - timedelta(days=90),
            unread_before=now - timedelta(days=365),
            limit=10,
        )

        assert gone == 2
        assert list(await session.scalars(select(Notice.id))) == [ids[1]]


class TestWatches:
    async def test_tell_of_whatever_happens_as_far_as_one_may_see_it(
        self, client_as: ClientAs, session: AsyncSession
    ) -> None:
        team = new_id()
        viewer, head, stranger = await works_here(
            session, known(Role.VIEWER), known(Role.HEAD, team), known(Role.SELLER)
        )
        moved = stage_moved(team_id=str(team))
        for who in (viewer, head, stranger):
            client = client_as(Role.VIEWER, user_id=who)
            put = await client.put(f"/v1/inbox/watches/deal/{moved.subject}")
            assert put.status_code == 204, put.text

        await told(session, moved)

        heard = {one.user_id: one.kind for one in await session.scalars(select(Notice))}
        assert heard == {viewer: "watched", head: "watched"}

    async def test_can_be_given_up(self, client_as: ClientAs, session: AsyncSession) -> None:
        [viewer] = await works_here(session, known(Role.VIEWER))
        client, moved = client_as(Role.VIEWER, user_id=viewer), stage_moved()
        path = f"/v1/inbox/watches/contact/{moved.data.as_dict()['deal']['contact_id']}"
        await client.put(path)
        assert len((await client.get("/v1/inbox/watches")).json()) == 1

        assert (await client.delete(path)).status_code == 204
        await told(session, moved)

        assert await inbox(client) == []
        assert (await client.put(f"/v1/inbox/watches/pipeline/{new_id()}")).status_code == 422


class TestSettings:
    async def test_mute_what_one_does_not_want_to_hear(
        self, client_as: ClientAs, session: AsyncSession
    ) -> None:
        [seller] = await works_here(session, known(Role.SELLER))
        client = client_as(Role.SELLER, user_id=seller)
        said = await client.put("/v1/inbox/settings", json={"muted": ["overdue"]})
        assert said.json() == {"muted": ["overdue"], "digest": "none", "next_digest_at": None}

        await told(session, overdue(owner_id=str(seller)))

        assert await inbox(client) == []
        assert (await client.get("/v1/inbox/settings")).json()["muted"] == ["overdue"]

    async def test_announce_a_digest_of_what_is_unread_once(
        self, client_as: ClientAs, session: AsyncSession
    ) -> None:
        [seller] = await works_here(session, known(Role.SELLER))
        client = client_as(Role.SELLER, user_id=seller)
        await client.put("/v1/inbox/settings", json={"digest": "daily"})
        await told(session, overdue(owner_id=str(seller)), overdue(owner_id=str(seller)))
        await session.execute(update(InboxSetting).values(next_digest_at=utc_now()))
        zone = client._transport.app.state.settings.zone  # type: ignore[attr-defined]

        assert await use_cases.announce_digests(session, zone) == 1
        assert await use_cases.announce_digests(session, zone) == 0
        # who left hears nothing more
        await session.execute(update(InboxSetting).values(next_digest_at=utc_now()))
        await session.execute(update(KNOWN_USERS).values(is_active=False))
        assert await use_cases.announce_digests(session, zone) == 1

        [due] = await recorded(session, DigestDue)
        assert (due.data.digest.owner_id, due.data.digest.by_kind) == (seller, {"overdue": 2})

    async def test_write_a_digest_by_a_message_rule(self, session: AsyncSession) -> None:
        template = make_template(texts={"uk": {"subject": "Нове", "text": "{{ owner.name }}"}})
        session.add(template)
        await session.flush()
        rule = make_rule(template, event_type=DigestDue.type, recipient="owner")
        session.add(rule)
        await session.flush()
        facts = DigestFacts(owner_id=new_id(), team_id=None, every="daily", unread=2, by_kind={})
        due = envelope_of(DigestDue(digest=facts))
        plain = Envelope[AnyEvent].model_validate_json(due.model_dump_json())
        [rules] = [
            one for one in SUBSCRIPTIONS if one.durable == "notifications-digest-message-rules"
        ]

        await rules.handle(session, [plain])
        await rules.handle(session, [plain])

        [message] = await session.scalars(select(Message))
        assert (message.recipient_kind, message.recipient_id) == ("user", facts.owner_id)


class TestEscalation:
    async def test_tells_the_head_of_what_is_left_lying_once(
        self, client_as: ClientAs, session: AsyncSession
    ) -> None:
        team = new_id()
        seller, head = await works_here(session, known(Role.SELLER, team), known(Role.HEAD, team))
        row = {"id": team, "head_id": head, "is_active": True, "revision": 1}
        await session.execute(insert(KNOWN_TEAMS).values(**row))
        await told(session, overdue(owner_id=str(seller)))

        assert await use_cases.escalate(session, after=timedelta(hours=1)) == 0
        assert await use_cases.escalate(session, after=timedelta()) == 1
        assert await use_cases.escalate(session, after=timedelta()) == 0

        [escalated] = await recorded(session, NoticeEscalated)
        facts = escalated.data.notice
        assert (facts.owner_id, facts.escalated_to_id, facts.kind) == (seller, head, "overdue")
        await session.commit()
        plain = Envelope[AnyEvent].model_validate_json(escalated.model_dump_json())
        await told(session, plain)
        [notice] = await inbox(client_as(Role.HEAD, user_id=head))
        assert (notice["kind"], notice["about"]["deal_id"]) == ("escalated", str(facts.deal_id))
