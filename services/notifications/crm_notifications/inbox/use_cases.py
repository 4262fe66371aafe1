"""What the inbox makes of the log, and what its owner does with it."""

import json
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID
from zoneinfo import ZoneInfo

from sqlalchemy.ext.asyncio import AsyncSession

from crm_notifications.events import DigestDue, DigestFacts, NoticeEscalated, NoticeFacts
from crm_notifications.feed import queries as feed
from crm_notifications.feed import statements as feed_statements
from crm_notifications.feed.models import INBOX
from crm_notifications.feed.rules import noun_of
from crm_notifications.inbox import queries, statements
from crm_notifications.inbox.errors import NothingNamedError, TooManyWatchesError
from crm_notifications.inbox.models import InboxSetting, Notice
from crm_notifications.inbox.rules import (
    Digest,
    Kind,
    Told,
    about_of,
    comes_late,
    letter_of,
    may_hear,
    next_digest,
    records_of,
    told_by,
    users_of,
)
from crm_shared.actor import Actor, Role
from crm_shared.clock import utc_now
from crm_shared.events import known_users, outbox
from crm_shared.ids import new_id

PAGE = 500
MOST_WATCHES = 500
A_PORTION = 200


@dataclass(frozen=True, slots=True)
class _News:
    """One event of the log, read, with whom it names."""

    position: int
    owner_id: UUID | None
    team_id: UUID | None
    envelope: dict[str, Any]
    told: list[Told]

    def watchers(self, watching: Mapping[UUID, Sequence[UUID]]) -> set[UUID]:
        found = {user for one in records_of(self.envelope) for user in watching.get(one, ())}
        return {user for user in found if str(user) != self.envelope["actorid"]}


async def write_next(session: AsyncSession, *, page: int = PAGE) -> int:
    """Write what the next events of the log mean to colleagues; return how many were looked at.

    Imports, mass changes and what is older than a day tell nobody anything.
    """
    reached = await feed.place(session, INBOX) or 0
    rows = await queries.log_page(session, reached, page)
    if not rows:
        return 0
    now = utc_now()
    news = [one for row in rows if (one := _news(row, now)) is not None]
    await _address_letters(session, news)
    await statements.insert_notices(session, await _notices(session, news, now))
    await feed_statements.move_to(session, INBOX, rows[-1].position)
    return len(rows)


def _news(row: Any, now: datetime) -> _News | None:
    envelope = json.loads(row.envelope)
    if envelope["bulk"] or comes_late(envelope, now):
        return None
    return _News(row.position, row.owner_id, row.team_id, envelope, told_by(envelope))


async def _address_letters(session: AsyncSession, news: Sequence[_News]) -> None:
    """Tell of letters kept in the application whoever they were written to, himself included."""
    letters = {id_: each for each in news if (id_ := letter_of(each.envelope)) is not None}
    for id_, reader_id in (await queries.readers_of(session, letters)).items():
        letters[id_].told.append(Told(Kind.LETTER, reader_id))


async def _notices(
    session: AsyncSession, news: Sequence[_News], now: datetime
) -> list[dict[str, Any]]:
    records = {one for each in news for one in records_of(each.envelope)}
    watching = await queries.watchers_of(session, records)
    named = {user for each in news for user in users_of(each.told)}
    roles = {one.role for each in news for one in each.told if one.role is not None}
    if not (named or roles or watching):
        return []
    watchers = {user for users in watching.values() for user in users}
    people = await queries.colleagues(session, named | watchers, roles)
    muted = await queries.muted_by(session, people)
    return [
        _row(each, user_id, kind, now)
        for each in news
        for user_id, kind in _hearers(each, people, watching)
        if (user_id, kind) not in muted
    ]


def _hearers(
    news: _News, people: Mapping[UUID, Actor], watching: Mapping[UUID, Sequence[UUID]]
) -> list[tuple[UUID, str]]:
    """Return who hears of an event: whoever is told by name needs no second notice for watching."""
    found: dict[tuple[UUID, str], None] = {}
    for one in news.told:
        ids = [one.user_id] if one.user_id is not None else _of_role(people, one.role)
        found |= {(user, one.kind.value): None for user in ids if user in people}
    named = {user for user, _ in found}
    noun = noun_of(news.envelope["type"])
    for user in sorted(news.watchers(watching) - named):
        if user in people and may_hear(people[user], noun, news.owner_id, news.team_id):
            found[user, Kind.WATCHED.value] = None
    return list(found)


def _of_role(people: Mapping[UUID, Actor], role: Role | None) -> list[UUID]:
    return [actor.id for actor in people.values() if actor.role is role]


def _row(news: _News, user_id: UUID, kind: str, now: datetime) -> dict[str, Any]:
    envelope = news.envelope
    return {
        "id": new_id(),
        "user_id": user_id,
        "kind": kind,
        "noun": envelope["type"].split(".")[2],
        "record_id": UUID(envelope["subject"]),
        "about": about_of(envelope),
        "event_id": UUID(envelope["id"]),
        "event_type": envelope["type"],
        "position": news.position,
        "actor_id": UUID(envelope["actorid"]),
        "happened_at": datetime.fromisoformat(envelope["time"]),
        "created_at": now,
    }


async def mark_notices(
    session: AsyncSession,
    user_id: UUID,
    *,
    ids: Collection[UUID] | None,
    until: datetime | None,
    is_read: bool,
) -> int:
    """Mark one's notices as read or unread; return how many changed."""
    if ids is None and until is None:
        raise NothingNamedError
    read_at = utc_now() if is_read else None
    return await statements.mark(session, user_id, ids=ids, until=until, read_at=read_at)


async def watch_record(session: AsyncSession, user_id: UUID, noun: str, record_id: UUID) -> None:
    """Hear of whatever happens to a record, as far as one may see it."""
    if await queries.count_watches(session, user_id) >= MOST_WATCHES:
        raise TooManyWatchesError(MOST_WATCHES)
    await statements.watch(session, user_id, noun, record_id)


async def set_wishes(
    session: AsyncSession, user_id: UUID, *, muted: Sequence[Kind], digest: Digest, zone: ZoneInfo
) -> InboxSetting:
    """Say what one does not want to hear, and how often one wants a summary."""
    values = {
        "user_id": user_id,
        "muted": sorted({kind.value for kind in muted}),
        "digest": digest.value,
        "next_digest_at": next_digest(digest, utc_now(), zone),
    }
    await statements.set_setting(session, values)
    return InboxSetting(**values)


async def escalate(session: AsyncSession, *, after: timedelta) -> int:
    """Announce urgent notices left lying to the head of their reader's team; return how many."""
    now = utc_now()
    lying = await queries.left_lying(session, now - after, A_PORTION)
    readers = {one.user_id for one in lying}
    teams = await known_users.first_teams(session, readers)
    heads = await known_users.team_heads(session, teams.values())
    for notice in lying:
        notice.escalated_at = now
        team_id = teams.get(notice.user_id)
        head_id = heads.get(team_id) if team_id is not None else None
        if head_id is not None and head_id != notice.user_id:
            await _tell_head(session, notice, team_id, head_id)
    await session.flush()
    return len(lying)


async def _tell_head(
    session: AsyncSession, notice: Notice, team_id: UUID | None, head_id: UUID
) -> None:
    facts = NoticeFacts(
        owner_id=notice.user_id,
        team_id=team_id,
        kind=notice.kind,
        noun=notice.noun,
        record_id=notice.record_id,
        escalated_to_id=head_id,
        **{name: notice.about.get(name) for name in ABOUT},
    )
    # a notice is told of once at most: it has one revision
    entry = outbox.entry_values(NoticeEscalated(notice=facts), aggregate_id=notice.id, revision=1)
    await outbox.write_entries(session, [entry])


async def announce_digests(session: AsyncSession, zone: ZoneInfo) -> int:
    """Announce the summaries that are due, but to who has read all or left; return how many."""
    now = utc_now()
    due = await queries.due_digests(session, now, A_PORTION)
    readers = [one.user_id for one in due]
    teams = await known_users.first_teams(session, readers)
    working = await queries.colleagues(session, readers, ())
    for setting in due:
        works_here = setting.user_id in working
        unread = await queries.count_unread(session, setting.user_id) if works_here else {}
        setting.next_digest_at = next_digest(Digest(setting.digest), now, zone)
        if unread:
            facts = DigestFacts(
                owner_id=setting.user_id,
                team_id=teams.get(setting.user_id),
                every=setting.digest,
                unread=sum(unread.values()),
                by_kind=unread,
            )
            entry = outbox.entry_values(DigestDue(digest=facts), aggregate_id=new_id(), revision=1)
            await outbox.write_entries(session, [entry])
    await session.flush()
    return len(due)


ABOUT = ("contact_id", "company_id", "lead_id", "deal_id", "case_id")
