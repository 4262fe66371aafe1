"""What there is to do, in one statement: while nothing is, a worker asks nothing else."""

import asyncio
from datetime import datetime

from sqlalchemy import ColumnElement, bindparam, exists, func, or_, select

from crm_notifications.channels.models import ChannelPolicy
from crm_notifications.channels.rules import Channel
from crm_notifications.feed.models import INBOX, SEQUENCES, WEBHOOKS, FeedEvent, FeedPlace
from crm_notifications.mailings.models import Mailing
from crm_notifications.mailings.rules import Status
from crm_notifications.messages.models import ALONE, DUE, OF_MANY
from crm_notifications.messages.statements import MESSAGES
from crm_notifications.sequences.models import UNDER_WAY, Enrolment
from crm_notifications.webhooks.models import WAITING, Webhook, WebhookDelivery, WebhookReplay
from crm_shared.clock import utc_now
from crm_shared.db.engine import Sessions
from crm_shared.db.types import UtcDateTime

LOOK_EVERY_S = 0.2
_NOW: ColumnElement[datetime] = bindparam("now", type_=UtcDateTime())
_LIVES = Webhook.deleted_at.is_(None)


def sending_of(channel: Channel) -> str:
    """Return the name of the job that sends what waits on a channel."""
    return f"send-{channel.value.replace('_', '-')}"


def _waits(channel: Channel) -> ColumnElement[bool]:
    stopped = exists().where(ChannelPolicy.channel == channel.value, ChannelPolicy.is_stopped)
    alone = exists().where(
        DUE, ALONE, MESSAGES.c.channel == channel.value, MESSAGES.c.next_attempt_at <= _NOW
    )
    of_many = exists().where(Mailing.channel == channel.value, _is_sent(), _has_letters())
    return ~stopped & (alone | of_many)


def _is_sent() -> ColumnElement[bool]:
    return Mailing.status.in_([Status.RUNNING.value, Status.FINISHED.value])


def _has_letters() -> ColumnElement[bool]:
    due = (MESSAGES.c.mailing_id == Mailing.id) & (MESSAGES.c.next_attempt_at <= _NOW)
    return exists().where(DUE, OF_MANY, due)


def _fills() -> ColumnElement[bool]:
    return exists().where(
        Mailing.status == Status.RUNNING.value,
        Mailing.is_filled.is_(False),
        or_(Mailing.starts_at.is_(None), Mailing.starts_at <= _NOW),
    )


def _finishes() -> ColumnElement[bool]:
    left = exists().where(DUE, OF_MANY, MESSAGES.c.mailing_id == Mailing.id)
    is_over = (Mailing.status == Status.RUNNING.value) & Mailing.is_filled
    return exists().where(or_(is_over, (Mailing.status == Status.CANCELLED.value) & left))


def _has_news(reader: str) -> ColumnElement[bool]:
    place = select(FeedPlace.position).where(FeedPlace.name == reader).scalar_subquery()
    newest = select(func.max(FeedEvent.position)).scalar_subquery()
    return func.coalesce(newest, 0) > func.coalesce(place, 0)


def _carries() -> ColumnElement[bool]:
    due = exists().where(
        WebhookDelivery.webhook_id == Webhook.id, WAITING, WebhookDelivery.next_attempt_at <= _NOW
    )
    # a made-up event goes to one that is switched off as well
    sends = or_(Webhook.is_active, WebhookDelivery.body.is_not(None))
    return exists().where(_LIVES, due.where(sends))


_LOOK = select(
    *(_waits(channel).label(sending_of(channel)) for channel in Channel),
    _fills().label("fill-mailings"),
    _finishes().label("finish-mailings"),
    _has_news(INBOX).label("write-notices"),
    _has_news(SEQUENCES).label("hear-for-sequences"),
    exists().where(UNDER_WAY, Enrolment.next_at <= _NOW).label("lead-sequences-on"),
    (exists().where(_LIVES, Webhook.is_active) & _has_news(WEBHOOKS)).label("match-webhooks"),
    _carries().label("send-webhooks"),
    exists().where(WebhookReplay.done_at.is_(None)).label("replay-webhooks"),
)


class Agenda:
    """What there is to do, looked at once for all jobs of a process, whatever each one's pace."""

    def __init__(self, sessions: Sessions) -> None:
        self._sessions = sessions
        self._names: frozenset[str] = frozenset()
        self._looked_at = float("-inf")
        self._looking = asyncio.Lock()

    async def holds(self, job: str) -> bool:
        """Tell whether a job has something to do, as it was a moment ago."""
        clock = asyncio.get_running_loop().time
        async with self._looking:
            if clock() - self._looked_at >= LOOK_EVERY_S:
                async with self._sessions() as session:
                    found = (await session.execute(_LOOK, {"now": utc_now()})).one()
                self._names = frozenset(name for name, waits in found._mapping.items() if waits)
                self._looked_at = clock()
            return job in self._names
