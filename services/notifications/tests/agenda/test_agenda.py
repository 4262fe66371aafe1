"""An idle worker asks one question for all its jobs, and nothing that waits is missed."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import timedelta
from typing import Any

from sqlalchemy import event, insert, update
from sqlalchemy.ext.asyncio import AsyncSession

from crm_notifications.agenda.queries import Agenda
from crm_notifications.channels.models import ChannelPolicy
from crm_notifications.channels.rules import Channel, policy_id
from crm_notifications.feed.models import FeedEvent, FeedPlace
from crm_notifications.mailings.models import Mailing
from crm_notifications.messages.models import Message
from crm_notifications.testing import given, make_message, make_template
from crm_notifications.webhooks.models import Webhook, WebhookDelivery, WebhookReplay
from crm_notifications.worker import PARTS
from crm_shared.clock import utc_now
from crm_shared.db.engine import Sessions
from crm_shared.ids import new_id
from crm_shared.worker import JobContext

ASKED = {job.name for job in PARTS.jobs if job.has_work is not None}


async def wanted(sessions: Sessions) -> set[str]:
    """What a look finds now."""
    agenda = Agenda(sessions)
    return {name for name in ASKED if await agenda.holds(name)}


@asynccontextmanager
async def counted(sessions: Sessions) -> AsyncIterator[list[str]]:
    """Every statement that goes to the database meanwhile."""
    said: list[str] = []
    engine: Any = sessions.kw["bind"].sync_engine

    def heard(_c: Any, _cursor: Any, statement: str, *_: Any) -> None:
        said.append(statement)

    event.listen(engine, "before_cursor_execute", heard)
    yield said
    event.remove(engine, "before_cursor_execute", heard)


class TestAgenda:
    async def test_is_one_statement_for_all_jobs_of_an_idle_process(
        self, sessions: Sessions
    ) -> None:
        nobody: Any = None
        context = JobContext(sessions, nobody, nobody)
        asked = [job.has_work for job in PARTS.jobs if job.has_work is not None]

        async with counted(sessions) as said:
            found = await asyncio.gather(*(one(context) for one in asked))

        assert len(said) == 1
        assert len(asked) >= 10
        assert not any(found)

    async def test_holds_what_waits_and_nothing_else(
        self, session: AsyncSession, sessions: Sessions
    ) -> None:
        template, now = make_template(channel="sms"), utc_now()
        session.add_all([template, message := make_message(template, channel="sms")])
        await session.commit()
        assert await wanted(sessions) == {"send-sms"}

        stop = {"id": policy_id(Channel.SMS), "channel": "sms", "revision": 1}
        session.add(ChannelPolicy(**stop, is_stopped=True))
        await session.commit()
        assert await wanted(sessions) == set()

        mailing = await given(session, starts_at=now + timedelta(hours=1))
        assert await wanted(sessions) == set()
        await session.execute(update(Mailing).values(starts_at=now))
        await session.commit()
        assert await wanted(sessions) == {"fill-mailings"}
        of_it = {"mailing_id": mailing.id, "lane": 1, "channel": "email"}
        await session.execute(update(Message).where(Message.id == message.id).values(**of_it))
        await session.execute(update(Mailing).values(is_filled=True))
        await session.commit()
        assert await wanted(sessions) == {"send-email", "finish-mailings"}
        await session.execute(update(Mailing).values(status="cancelled"))
        await session.commit()
        assert await wanted(sessions) == {"finish-mailings"}
        await session.execute(update(Message).values(status="cancelled"))
        await session.commit()
        assert await wanted(sessions) == set()

    async def test_holds_news_for_readers_of_the_log_and_deliveries(
        self, session: AsyncSession, sessions: Sessions
    ) -> None:
        now = utc_now()
        stored = insert(FeedEvent).values(
            event_id=new_id(), type="crm.deals.deal.created.v1", subject=new_id(), envelope="{}"
        )
        position = await session.scalar(stored.returning(FeedEvent.position))
        await session.commit()
        assert await wanted(sessions) == {"write-notices", "hear-for-sequences"}
        read = [{"name": name, "position": position} for name in ("inbox", "sequences")]
        await session.execute(insert(FeedPlace).values(read))
        hook = Webhook(
            id=new_id(),
            revision=1,
            name="W",
            url="https://example.org",
            event_types=["crm.>"],
            conditions={},
            payload="full",
            is_active=True,
            skip_own=False,
            on_bulk=False,
            after_position=0,
            made_by_id=new_id(),
            made_by_role="admin",
            secret_number=1,
        )
        session.add(hook)
        await session.commit()
        assert await wanted(sessions) == {"match-webhooks"}
        await session.execute(insert(FeedPlace).values(name="webhooks", position=position))
        session.add(
            WebhookDelivery(
                webhook_id=hook.id,
                event_id=new_id(),
                event_type="x",
                status="waiting",
                next_attempt_at=now,
            )
        )
        stretch = {"after": 0, "until": 9, "reached": 0, "only_undelivered": False}
        session.add(WebhookReplay(webhook_id=hook.id, asked_by_id=new_id(), **stretch))
        await session.commit()
        assert await wanted(sessions) == {"send-webhooks", "replay-webhooks"}
