"""One rule shape for every rule engine: event, conditions, run log; only the actions differ."""

from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Generic, Literal, Protocol, TypeVar
from uuid import UUID
from weakref import WeakKeyDictionary

from sqlalchemy import String, Text, func, select
from sqlalchemy.dialects.postgresql import JSONB, insert
from sqlalchemy.ext.asyncio import AsyncSession
from sqlalchemy.orm import Mapped, mapped_column

from crm_shared.clock import utc_now
from crm_shared.db.driver import DriverStatement, driver_for_reading
from crm_shared.db.infrastructure import RULE_RUNS
from crm_shared.db.types import UtcDateTime
from crm_shared.events.envelope import Envelope
from crm_shared.filters import Fields, Tree, matches, parse_surviving
from crm_shared.observability.logging import get_logger

log = get_logger(__name__)
Outcome = Literal["done", "skipped"]


class RuleColumns:
    """Columns of a rules table, beside those of `Aggregate`; a rule's version is its revision."""

    name: Mapped[str] = mapped_column(String(200))
    event_type: Mapped[str] = mapped_column(Text)
    conditions: Mapped[dict[str, Any]] = mapped_column(JSONB, default=dict)
    is_active: Mapped[bool] = mapped_column(default=True)
    active_from: Mapped[datetime] = mapped_column(UtcDateTime, default=utc_now)
    on_bulk: Mapped[bool] = mapped_column(default=False)
    priority: Mapped[int] = mapped_column(default=0)


class Rule(Protocol):
    """What the book reads of a rule's row."""

    id: Any
    revision: Any
    event_type: Any
    conditions: Any
    is_active: Any
    active_from: Any
    on_bulk: Any
    priority: Any
    deleted_at: Any


RuleT = TypeVar("RuleT", bound=Rule)
_LOG = insert(RULE_RUNS).on_conflict_do_nothing()


@dataclass(frozen=True, slots=True)
class Match(Generic[RuleT]):
    """A rule whose event has come and whose conditions hold."""

    rule: RuleT
    envelope: Envelope[Any]


@dataclass(frozen=True, slots=True)
class Run:
    """One line of the run log: what a rule did with an event, or why it did nothing."""

    rule_id: UUID
    rule_version: int
    envelope: Envelope[Any]
    outcome: Outcome
    reason: str | None = None


@dataclass(frozen=True, slots=True)
class _Page(Generic[RuleT]):
    stamp: tuple[int, int]
    rules: list[tuple[RuleT, Tree, Fields]]


# what can be asked of a type of event, with what a company has defined itself
Askable = Callable[[AsyncSession, str, Fields], Awaitable[Fields]]


class RuleBook(Generic[RuleT]):
    """The active rules of one table, kept in the process and checked once per batch."""

    def __init__(
        self,
        model: type[RuleT],
        fields: Mapping[str, Fields],
        *,
        askable: Askable | None = None,
    ) -> None:
        self._model = model
        self._fields = fields
        self._askable = askable
        self._stamp = DriverStatement(
            select(func.count(), func.coalesce(func.sum(model.revision), 0))
        )
        # by connection pool: one process may speak with several databases (tests do)
        self._pages: WeakKeyDictionary[object, _Page[RuleT]] = WeakKeyDictionary()

    async def matching(
        self, session: AsyncSession, batch: Sequence[Envelope[Any]]
    ) -> list[Match[RuleT]]:
        """Return every (rule, event) that belongs together, rules by priority."""
        page = await self._kept(session)
        return [
            Match(rule, envelope)
            for envelope in batch
            for rule, conditions, fields in page.rules
            if _holds(rule, conditions, fields, envelope)
        ]

    async def version(self, session: AsyncSession) -> tuple[int, int]:
        """Return what moves with any change of any rule, for what is remembered beside them."""
        return (await self._kept(session)).stamp

    async def _kept(self, session: AsyncSession) -> "_Page[RuleT]":
        page: _Page[RuleT] | None = session.info.get(self)
        if page is None:
            # once a batch: deciding and doing go by the same rules
            page = session.info[self] = await self._page(session)
        return page

    async def _page(self, session: AsyncSession) -> "_Page[RuleT]":
        model = self._model
        pool = session.get_bind().engine.pool
        # every change of a rule raises its revision, so the sum moves with any of them
        # outside of any transaction: a batch that no rule waits for costs this one question
        await driver_for_reading(session)
        count, revisions = await self._stamp.first(session, {})
        known = self._pages.get(pool)
        if known is not None and known.stamp == (count, revisions):
            return known
        rows = await session.scalars(
            select(model)
            .where(model.is_active, model.deleted_at.is_(None))
            .order_by(model.priority, model.id)
        )
        rules = list(rows)
        for rule in rules:
            session.expunge(rule)
        parsed = [one for rule in rules for one in await self._parsed(session, rule)]
        page = self._pages[pool] = _Page((count, revisions), parsed)
        return page

    async def _parsed(self, session: AsyncSession, rule: RuleT) -> list[tuple[RuleT, Tree, Fields]]:
        fields = self._fields.get(rule.event_type)
        if fields is None:
            return []
        if self._askable is not None:
            fields = await self._askable(session, rule.event_type, fields)
        conditions, faults = parse_surviving(rule.conditions, fields)
        if faults:
            # less of a condition would be more of what it does
            log.warning("rule rests", rule_id=str(rule.id), reason="a field of it has vanished")
            return []
        return [(rule, conditions, fields)]


def _holds(rule: Rule, conditions: Tree, fields: Fields, envelope: Envelope[Any]) -> bool:
    if rule.event_type != envelope.type or envelope.recordedtime < rule.active_from:
        return False
    # imports and mass changes do not message people or give them work unless a rule says so
    if envelope.bulk and not rule.on_bulk:
        return False
    return matches(conditions, fields, dict(envelope.data))


async def log_runs(session: AsyncSession, runs: Sequence[Run]) -> None:
    """Write the run log; a rule's version runs once per event, a second line is not written."""
    if not runs:
        return
    rows = [
        {
            "rule_id": run.rule_id,
            "rule_version": run.rule_version,
            "event_id": run.envelope.id,
            "subject_id": run.envelope.subject,
            "outcome": run.outcome,
            "reason": run.reason,
        }
        for run in runs
    ]
    await session.execute(_LOG, rows)
