"""What one event comes to by a definition: pure, so that a replay comes to the same."""

from collections.abc import Iterable, Iterator, Mapping
from datetime import datetime
from decimal import Decimal
from functools import cache
from typing import Any, NamedTuple
from uuid import UUID

from crm_reporting.custom_metrics.rules.definitions import (
    Definition,
    Function,
    Source,
    common_fields,
)
from crm_reporting.custom_metrics.rules.told import credit_of, currency_of, fields_of, place_of
from crm_shared.filters import matches
from crm_shared.filters.values import parse_value

# what a row has room for: more is no figure of any company
GREATEST = Decimal(10) ** 21
COUNTS = (Function.COUNT, Function.COUNT_DISTINCT)


class Happened(NamedTuple):
    """An event as the ledger has it."""

    event_id: UUID
    type: str
    subject: UUID
    at: datetime
    recorded_at: datetime
    data: Mapping[str, Any]


class Row(NamedTuple):
    """What an event adds to one side of a metric; without a value it lacked the field."""

    metric_id: UUID
    revision: int
    side: int
    event_id: UUID
    type: str
    subject_id: UUID
    at: datetime
    recorded_at: datetime
    owner: UUID | None
    team: UUID | None
    value: Decimal | None
    distinct_of: str | None
    currency: str
    keys: list[str | None]


def rows_of(definitions: Iterable[Definition], event: Happened) -> Iterator[Row]:
    """Yield what an event adds, side by side."""
    for definition in definitions:
        for side, source in enumerate(definition.sides):
            if event.type in source.events and _passes(source, event):
                yield _row(definition, side, source, event)


def _passes(source: Source, event: Happened) -> bool:
    told = {path: _told(event, path) for path in source.custom}
    data = {**event.data, **told} if told else event.data
    return matches(source.filter, _fields(source.events), data)


@cache
def _fields(events: tuple[str, ...]) -> Any:
    return common_fields(events)


def _row(definition: Definition, side: int, source: Source, event: Happened) -> Row:
    owner, team = (_told(event, path) for path in credit_of(event.type))
    counts = source.function is Function.COUNT_DISTINCT
    distinct = _told(event, source.field) if counts else None
    keys = [_told(event, place_of(event.type, group.field)) for group in definition.groups]
    return Row(
        definition.metric_id, definition.revision, side, event.event_id, event.type,
        event.subject, event.at, event.recorded_at, owner, team, _value(source, event),
        _text(distinct), _currency(source, event),
        [_text(key) for key in keys],
    )  # fmt: skip


def _value(source: Source, event: Happened) -> Decimal | None:
    if source.function in COUNTS:
        return None
    told = _told(event, source.field) if source.field else event.at
    if told is None or source.since is None:
        return None if told is None else _kept(Decimal(str(told)))
    since = _told(event, source.since)
    return None if since is None else Decimal(str((told - since).total_seconds()))


def _kept(value: Decimal) -> Decimal | None:
    # one absurd number must not hold up everything that is counted with it
    return value if abs(value) < GREATEST else None


def _text(value: Any) -> str | None:
    if value is None:
        return None
    return str(value).lower() if isinstance(value, bool) else str(value)


def _currency(source: Source, event: Happened) -> str:
    if source.currency is None or source.field is None:
        return ""
    return str(_told(event, currency_of(event.type, source.field)) or "")


def _told(event: Happened, path: str | None) -> Any:
    """Return what an event says at a path, typed; an older one may say nothing there."""
    raw: Any = event.data
    for step in path.partition(":")[0].split(".") if path else ():
        raw = raw.get(step) if isinstance(raw, Mapping) else None
    fields = fields_of(event.type)
    if path is None or raw is None or fields is None:
        return None
    try:
        return parse_value(fields[path].kind, raw)
    except ValueError:
        return None
