"""Every SELECT of deliveries."""

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID
from zoneinfo import ZoneInfo

from sqlalchemy import func, or_, select, text
from sqlalchemy.ext.asyncio import AsyncSession

from crm_notifications.channels.queries import addresses
from crm_notifications.channels.rules import Channel, Policy, Purpose
from crm_notifications.conversations.queries import answers_of
from crm_notifications.deliveries.rules import BoundKey, Known
from crm_notifications.deliveries.rules.links import Links, Row
from crm_notifications.mailings.models import Mailing
from crm_notifications.messages.models import CAME_BACK, DUE, OPEN
from crm_notifications.messages.rules import (
    FOR_GOOD,
    RECIPIENT_UNKNOWN,
    RecipientKind,
    Status,
    may_be_written_to,
)
from crm_notifications.messages.statements import MESSAGES, why_over
from crm_notifications.templates.models import Template, texts_of
from crm_notifications.templates.rules import Text
from crm_shared.db import aliases
from crm_shared.events import known_calendar, known_users, refs
from crm_shared.policies import Names, Policies

ASKED_EVERY = timedelta(minutes=5)


@dataclass(frozen=True)
class Around:
    """What a sender works with, whatever it sends; `channels` are those with a provider."""

    languages: Sequence[str]
    links: Links | None
    zone: ZoneInfo
    channels: frozenset[str]


async def texts_by_template(
    session: AsyncSession, ids: set[UUID]
) -> Mapping[UUID, Mapping[str, Text]]:
    """The words of templates as they are now; a deleted template still finishes its messages."""
    rows = await session.execute(select(Template.id, Template.texts).where(Template.id.in_(ids)))
    return {row.id: texts_of(row.texts) for row in rows}


async def list_strangers(session: AsyncSession, limit: int) -> Mapping[str, set[UUID]]:
    """Recipients that messages wait for because nothing is known of them, by kind of ref."""
    waiting = (
        select(MESSAGES.c.recipient_kind, MESSAGES.c.recipient_id)
        .where(DUE)
        .where(MESSAGES.c.reason == RECIPIENT_UNKNOWN)
        .where(MESSAGES.c.recipient_kind != RecipientKind.TEAM.value)
        .distinct()
        .limit(limit)
    )
    found: dict[str, set[UUID]] = {}
    for row in await session.execute(waiting):
        found.setdefault(row.recipient_kind, set()).add(row.recipient_id)
    return found


_ONE_AT_A_TIME = text("""
    SELECT pg_advisory_xact_lock(hashtextextended(one::text, 7))
    FROM (SELECT unnest(CAST(:ids AS uuid[])) AS one ORDER BY 1) AS sorted
""")
WRITTEN = (Status.SENDING, Status.SENT, Status.DELIVERED, Status.UNKNOWN, Status.BOUNCED)


async def count_written(
    session: AsyncSession, recipient_ids: Collection[UUID], since: datetime
) -> Mapping[UUID, int]:
    """How much marketing these persons were sent since then, by whatever channel.

    Nobody else counts for the same persons until the transaction ends: two senders would both find
    room for one more.
    """
    await session.execute(_ONE_AT_A_TIME, {"ids": sorted(recipient_ids)})
    written = (
        select(MESSAGES.c.recipient_id, func.count())
        .where(
            MESSAGES.c.recipient_id.in_(recipient_ids),
            MESSAGES.c.purpose != Purpose.SERVICE.value,
            MESSAGES.c.status.in_([status.value for status in WRITTEN]),
            or_(MESSAGES.c.sent_at.is_(None), MESSAGES.c.sent_at > since),
            MESSAGES.c.updated_at > since,
        )
        .group_by(MESSAGES.c.recipient_id)
    )
    return {row[0]: row[1] for row in await session.execute(written)}


async def list_to_ask_after(
    session: AsyncSession, channel: Channel, provider: str, now: datetime, limit: int
) -> list[dict[str, Any]]:
    """Messages a provider may have word of: those unknown, and those sent, for three days."""
    asked_before = now - ASKED_EVERY
    found = (
        select(MESSAGES.c.id, MESSAGES.c.reference, MESSAGES.c.resent)
        .where(OPEN)
        .where(MESSAGES.c.channel == channel.value)
        .where(or_(MESSAGES.c.provider == provider, MESSAGES.c.provider.is_(None)))
        .where(MESSAGES.c.updated_at > now - timedelta(days=3))
        .where(MESSAGES.c.updated_at < now - timedelta(seconds=30))
        .where(or_(MESSAGES.c.looked_up_at.is_(None), MESSAGES.c.looked_up_at <= asked_before))
        .order_by(MESSAGES.c.looked_up_at.nulls_first())
        .limit(limit)
        .with_for_update(skip_locked=True)
    )
    return [dict(row) for row in (await session.execute(found)).mappings()]


async def still_agreed(session: AsyncSession, claimed: Sequence[Row]) -> list[UUID]:
    """Return which of these messages their recipients still take.

    Asked before each portion: a provider may have held the ones before for a minute.
    """
    labels = await refs.labels(session, "contact", _ids(claimed, RecipientKind.CONTACT))
    return [
        row["id"]
        for row in claimed
        if may_be_written_to(
            labels.get(row["recipient_id"], {}).get("consents"),
            purpose=Purpose(row["purpose"]),
            channel=row["channel"],
            kind=RecipientKind(row["recipient_kind"]),
        )
    ]


async def look_up(
    session: AsyncSession,
    channel: Channel,
    due: Sequence[Row],
    *,
    policy: Policy,
    now: datetime,
    around: Around,
) -> Known:
    """Everything that a batch needs to become letters, in a few questions."""
    teams = _ids(due, RecipientKind.TEAM)
    heads = await known_users.team_heads(session, teams) if teams else {}
    users = _ids(due, RecipientKind.USER) | set(heads.values()) | _column(due, "owner_id")
    wanted = {
        "contact": _ids(due, RecipientKind.CONTACT) | _column(due, "contact_id"),
        "user": users,
        "lead": _ids(due, RecipientKind.LEAD),
        "company": _column(due, "company_id"),
        "deal": _column(due, "deal_id"),
    }
    kind = RecipientKind.CONVERSATION.value
    answered = {row["id"] for row in due if row["recipient_kind"] == kind}
    policies = await known_calendar.known_policies(session)
    dead, complaints = await _came_back(session, channel, _ids(due, RecipientKind.CONTACT))
    return Known(
        labels={kind: await refs.labels(session, kind, ids) for kind, ids in wanted.items()},
        heads=heads,
        hidden=await _hidden_from(session, policies, users),
        watched=policies.watched,
        texts=await texts_by_template(session, _column(due, "template_id")),
        languages=around.languages,
        links=around.links,
        channels=around.channels,
        policy=policy,
        zone=around.zone,
        addresses=await _chats(session, channel, wanted["contact"] | users),
        written=await _written(session, due, policy, now),
        windows=await _windows(session, _column(due, "mailing_id")),
        dead=dead,
        complaints=complaints,
        answers=await answers_of(session, answered) if answered else {},
        over=await why_over(session, [row["id"] for row in due]),
    )


async def _came_back(
    session: AsyncSession, channel: Channel, ids: Collection[UUID]
) -> tuple[Mapping[UUID, Sequence[BoundKey]], Mapping[UUID, datetime]]:
    """Addresses that letters bounced from for good, and when each person complained last."""
    dead: dict[UUID, list[BoundKey]] = {}
    complaints: dict[UUID, datetime] = {}
    if not ids:
        return dead, complaints
    # what came back from somebody who was merged came back from whom he is one with
    groups = await aliases.groups(session, ids)
    of = MESSAGES.c
    found = (
        select(of.recipient_id, of.rule_id, of.address_key, of.status, of.reason, of.complained_at)
        .where(CAME_BACK)
        .where(of.recipient_id.in_({one for group in groups.values() for one in group}))
        .where(of.channel == channel.value)
        .order_by(of.complained_at)
    )
    for row in await session.execute(found):
        is_bounced = row.status == Status.BOUNCED.value and row.reason in FOR_GOOD
        for one in (one for one, group in groups.items() if row.recipient_id in group):
            if row.complained_at is not None:
                complaints[one] = row.complained_at
            if is_bounced and row.address_key is not None:
                dead.setdefault(one, []).append((row.rule_id, row.address_key))
    return dead, complaints


async def _hidden_from(
    session: AsyncSession, policies: Policies, users: set[UUID]
) -> dict[UUID, Names]:
    """Return what the roles of colleagues may not see; of whom nothing is known, everything."""
    if not policies.hidden:
        return {}
    roles = await known_users.roles(session, users)
    return {one: policies.hidden_from(roles.get(one)) for one in users}


async def _chats(
    session: AsyncSession, channel: Channel, ids: Collection[UUID]
) -> Mapping[UUID, str]:
    return await addresses(session, channel, ids) if channel is Channel.TELEGRAM else {}


async def _windows(session: AsyncSession, ids: Collection[UUID]) -> Mapping[UUID, Policy]:
    """A window is a night turned round: letters wait from its end to its beginning."""
    if not ids:
        return {}
    found = select(Mailing.id, Mailing.window_from, Mailing.window_until)
    rows = await session.execute(found.where(Mailing.id.in_(ids)))
    return {
        row.id: Policy(quiet_from=row.window_until, quiet_until=row.window_from) for row in rows
    }


async def _written(
    session: AsyncSession, due: Sequence[Row], policy: Policy, now: datetime
) -> dict[UUID, int]:
    offered = [row for row in due if row["purpose"] != Purpose.SERVICE.value]
    if policy.cap_days is None or not offered:
        return {}
    since = now - timedelta(days=policy.cap_days)
    persons = _ids(offered, RecipientKind.CONTACT)
    return dict(await count_written(session, persons, since)) if persons else {}


def _ids(rows: Iterable[Row], kind: RecipientKind) -> set[UUID]:
    return {row["recipient_id"] for row in rows if row["recipient_kind"] == kind.value}


def _column(rows: Iterable[Row], name: str) -> set[UUID]:
    return {row[name] for row in rows if row[name] is not None}
