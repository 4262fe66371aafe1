"""Keeping data no longer than the company decided: removed in portions, told in counts only."""

from collections.abc import Awaitable, Callable, Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from pydantic import BaseModel
from sqlalchemy import ColumnElement, Table, delete, func, select, tuple_, update
from sqlalchemy.ext.asyncio import AsyncSession

from crm_shared.clock import utc_now
from crm_shared.db.infrastructure import OUTBOX
from crm_shared.events import outbox
from crm_shared.events.envelope import Envelope, Event, ForeignEvent
from crm_shared.events.known_calendar import known_policies
from crm_shared.events.subscription import Subscription, caused_by
from crm_shared.ids import new_id
from crm_shared.worker import Job, JobContext

A_PORTION = 500
EVERY_S = 900.0
Old = Callable[[datetime], ColumnElement[bool]]
Count = Callable[[AsyncSession, datetime], Awaitable[int]]
Remove = Callable[[AsyncSession, datetime, int], Awaitable[int]]


class RetentionFacts(BaseModel):
    """What went, or would go, by kind of data: counts, and the moment before which it was."""

    removed: dict[str, int]
    before: dict[str, datetime]
    is_dry_run: bool


Say = Callable[[RetentionFacts], Event]


class RetentionAsked(ForeignEvent, type="crm.contacts.retention.asked.v1"):
    """Somebody wants to know what would go; nothing is removed."""

    days: dict[str, int]


@dataclass(frozen=True, slots=True)
class Kind:
    """One kind of data: how much of it is older than a moment, and taking some of that away."""

    name: str
    count: Count
    remove: Remove


def rows(name: str, table: Table, old: Old, emptied: Mapping[str, Any] | None = None) -> Kind:
    """Return a kind of whole rows, or of columns that are emptied while their rows stay."""
    keys = tuple_(*table.primary_key.columns)

    async def count(session: AsyncSession, before: datetime) -> int:
        counted = select(func.count()).select_from(table).where(old(before))
        return int(await session.scalar(counted) or 0)

    async def remove(session: AsyncSession, before: datetime, limit: int) -> int:
        # two workers at once take different rows
        some = (
            select(*table.primary_key.columns)
            .where(old(before))
            .limit(limit)
            .with_for_update(skip_locked=True)
        )
        where = keys.in_(some)
        change = delete(table) if emptied is None else update(table).values(**emptied)
        done = change.where(where).returning(*table.primary_key.columns)
        return len((await session.execute(done)).all())

    return Kind(name, count, remove)


def event_log() -> Kind:
    """Return the kind that trims a service's event log: what the stream has had, long ago."""

    def old(before: datetime) -> ColumnElement[bool]:
        sent: ColumnElement[bool] = OUTBOX.c.published_at.is_not(None)
        return sent & (OUTBOX.c.recorded_at < before)

    return rows("event_log", OUTBOX, old)


@dataclass(frozen=True, slots=True)
class Keeping:
    """What one service keeps for a time, and how it tells what went."""

    service: str
    kinds: Sequence[Kind]
    say: Say

    def job(self) -> Job:
        """Return the timed work; a portion and its report are one transaction."""
        return Job("retention", EVERY_S, self._remove_some)

    def subscription(self) -> Subscription[RetentionAsked]:
        """Return the durable that answers what would go."""
        return Subscription(
            durable=f"{self.service}-retention", reads=RetentionAsked, handler=self._tell
        )

    async def _remove_some(self, context: JobContext) -> int:
        async with context.sessions.begin() as session:
            return await self.remove_some(session)

    async def remove_some(self, session: AsyncSession, *, portion: int = A_PORTION) -> int:
        """Remove one portion of each kind that is too old, and announce how much it was."""
        days = (await known_policies(session)).kept_days
        removed, moments = {}, {}
        for kind, before in self._due(days):
            if gone := await kind.remove(session, before, portion):
                removed[kind.name], moments[kind.name] = gone, before
        if removed:
            await self._report(session, removed, moments, is_dry_run=False)
        return sum(removed.values())

    async def count(self, session: AsyncSession, days: Mapping[str, int]) -> dict[str, int]:
        """Count what is older than so many days."""
        return {kind.name: await kind.count(session, before) for kind, before in self._due(days)}

    async def _tell(self, session: AsyncSession, batch: Sequence[Envelope[RetentionAsked]]) -> None:
        for envelope in batch:
            with caused_by(envelope):
                counted = await self.count(session, envelope.data.days)
                moments = {kind.name: before for kind, before in self._due(envelope.data.days)}
                await self._report(session, counted, moments, is_dry_run=True)

    async def _report(
        self,
        session: AsyncSession,
        removed: Mapping[str, int],
        before: Mapping[str, datetime],
        *,
        is_dry_run: bool,
    ) -> None:
        facts = RetentionFacts(removed=dict(removed), before=dict(before), is_dry_run=is_dry_run)
        entry = outbox.entry_values(self.say(facts), aggregate_id=new_id(), revision=1)
        await outbox.write_entries(session, [entry])

    def _due(self, days: Mapping[str, int]) -> Collection[tuple[Kind, datetime]]:
        now = utc_now()
        return [
            (kind, now - timedelta(days=days[kind.name]))
            for kind in self.kinds
            if days.get(kind.name)
        ]
