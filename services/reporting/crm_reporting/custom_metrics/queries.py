"""Every SELECT of the metrics of one's own; what they come to is read in `metrics`."""

import json
from collections.abc import Sequence
from datetime import UTC, datetime
from typing import Any
from uuid import UUID

import structlog
from sqlalchemy import Row, Select, case, or_, select, tuple_
from sqlalchemy.ext.asyncio import AsyncSession

from crm_reporting.custom_metrics.errors import CustomMetricNotFoundError
from crm_reporting.custom_metrics.models import (
    CustomFact,
    CustomMetric,
    CustomMetricState,
    CustomMetricVersion,
)
from crm_reporting.custom_metrics.rules.counting import Happened
from crm_reporting.custom_metrics.rules.definitions import Definition, definition_of
from crm_reporting.ledger.models import LedgerEntry
from crm_shared.db.driver import driver_of
from crm_shared.errors import InvalidError

log = structlog.get_logger()

# before every event
BEGINNING = (datetime(1, 1, 2, tzinfo=UTC), UUID(int=0))

_LIVE = (
    "SELECT id, counted_revision, numerator, denominator, groups "
    "FROM custom_metrics WHERE deleted_at IS NULL"
)
_parsed: dict[tuple[UUID, int], Definition | None] = {}
# said once a process, not each time that a job or a batch looks
_unreadable: set[tuple[UUID, int]] = set()


def all_metrics() -> Select[CustomMetric]:
    """Select every metric there is."""
    return select(CustomMetric).where(CustomMetric.deleted_at.is_(None))


async def get_metric(session: AsyncSession, metric_id: UUID) -> CustomMetric:
    """Return one of them, or say that there is none."""
    found = all_metrics().where(CustomMetric.id == metric_id)
    row = (await session.scalars(found)).one_or_none()
    if row is None:
        raise CustomMetricNotFoundError(metric_id)
    return row


async def find_by_key(session: AsyncSession, key: str) -> CustomMetric | None:
    """Return the metric of a key."""
    return (await session.scalars(all_metrics().where(CustomMetric.key == key))).one_or_none()


async def versions_of(session: AsyncSession, metric_id: UUID) -> Sequence[CustomMetricVersion]:
    """Return what a metric said, the newest first."""
    found = select(CustomMetricVersion).where(CustomMetricVersion.metric_id == metric_id)
    return list(await session.scalars(found.order_by(CustomMetricVersion.revision.desc())))


async def state_of(session: AsyncSession, metric_id: UUID) -> CustomMetricState:
    """Return whether a metric's past is counted."""
    found = select(CustomMetricState).where(CustomMetricState.metric_id == metric_id)
    return (await session.scalars(found)).one()


async def counted_of(session: AsyncSession, ids: Sequence[UUID]) -> dict[UUID, int]:
    """Return by which revision the past of each of these metrics is counted, where it is."""
    state = CustomMetricState
    found = select(state.metric_id, state.revision).where(
        state.metric_id.in_(ids), state.counted_at.is_not(None)
    )
    return {row[0]: row[1] for row in await session.execute(found)}


async def live_definitions(session: AsyncSession) -> list[Definition]:
    """Return what has to be counted of every event; asked with each batch, so without the ORM."""
    rows = await driver_of(session).fetch(_LIVE)
    found = {(row["id"], row["counted_revision"]): row for row in rows}
    for key in _parsed.keys() - found.keys():
        _parsed.pop(key, None)
    for key, row in found.items():
        if key not in _parsed:
            _parsed[key] = readable(row["id"], row)
    known = (_parsed[key] for key in found)
    return [one for one in known if one is not None]


def readable(metric_id: UUID, row: Any) -> Definition | None:
    """Return what a row says is counted; None where this release's events tell it no more."""
    try:
        return definition(row)
    except (InvalidError, KeyError):
        # events tell a field no more since an upgrade: the others are counted all the same
        if (known := (metric_id, _revision(row))) not in _unreadable:
            _unreadable.add(known)
            log.exception("custom-metric-unreadable", metric_id=str(metric_id))
        return None


def _revision(row: Any) -> int:
    found = row.counted_revision if isinstance(row, CustomMetric) else row["counted_revision"]
    return int(found)


def definition(row: Any) -> Definition:
    """Return what a row says is counted."""
    if isinstance(row, CustomMetric):
        told = {name: getattr(row, name) for name in ("numerator", "denominator", "groups")}
        return definition_of(row.id, row.counted_revision, _sides(told), told["groups"])
    told = {name: _json(row[name]) for name in ("numerator", "denominator", "groups")}
    return definition_of(row["id"], row["counted_revision"], _sides(told), told["groups"])


def _json(raw: Any) -> Any:
    return json.loads(raw) if isinstance(raw, str) else raw


def _sides(told: dict[str, Any]) -> tuple[Any, ...]:
    return told["numerator"], told["denominator"]


async def uncounted(session: AsyncSession) -> list[Definition]:
    """Return what metrics say whose past is not counted, the longest waiting first."""
    found = (
        select(CustomMetric)
        .join(CustomMetricState, CustomMetricState.metric_id == CustomMetric.id)
        .where(CustomMetricState.counted_at.is_(None), CustomMetric.deleted_at.is_(None))
        .order_by(CustomMetric.updated_at)
    )
    read = [readable(metric.id, metric) for metric in await session.scalars(found)]
    return [one for one in read if one is not None]


async def leftovers(session: AsyncSession) -> list[tuple[UUID, int]]:
    """Return metrics with rows that nobody reads any more, and the revision they lie before.

    Those of metrics that were put away; and of revisions before the one that is told: a rebuild
    that began before a metric was revised has counted it as it was.
    """
    metric, state = CustomMetric, CustomMetricState
    before = case(
        (metric.deleted_at.is_not(None), metric.revision + 1), else_=metric.counted_revision
    )
    rows = select(CustomFact.metric_id).where(
        CustomFact.metric_id == metric.id, CustomFact.revision < before
    )
    found = (
        select(metric.id, before)
        .join(state, state.metric_id == metric.id)
        .where(or_(metric.deleted_at.is_not(None), state.counted_at.is_not(None)), rows.exists())
    )
    return [(row[0], row[1]) for row in await session.execute(found)]


async def events_after(
    session: AsyncSession, types: Sequence[str], after: tuple[datetime, UUID], *, limit: int
) -> list[Happened]:
    """Return the next events of these types in the ledger."""
    place = tuple_(LedgerEntry.recorded_at, LedgerEntry.event_id)
    found = (
        select(
            LedgerEntry.event_id, LedgerEntry.type, LedgerEntry.subject, LedgerEntry.occurred_at,
            LedgerEntry.recorded_at, LedgerEntry.envelope["data"],
        )
        .where(LedgerEntry.type.in_(types), place > after)
        .order_by(LedgerEntry.recorded_at, LedgerEntry.event_id)
        .limit(limit)
    )  # fmt: skip
    rows: Sequence[Row[Any]] = (await session.execute(found)).all()
    return [Happened._make(row) for row in rows]
