"""Whether a definition can be counted: every fault with its place and its rule."""

from collections.abc import Iterator, Mapping
from datetime import datetime
from decimal import Decimal
from typing import Any
from uuid import UUID

from crm_reporting.custom_metrics.rules.definitions import (
    Function,
    Source,
    common_fields,
    source_of,
)
from crm_reporting.custom_metrics.rules.told import fields_of, is_grouped, is_personal, place_of
from crm_shared.errors import FieldError, InvalidError
from crm_shared.filters import Field, Fields

TIMES = frozenset({"days", "hours", "minutes"})
DIVIDED = frozenset({"percent", "ratio"})
NUMBERS = (int, Decimal)
# groups that other figures know by id: their names are looked up by it
IDS = frozenset({"pipeline", "stage", "product", "company"})


def check(
    unit: str,
    sides: Mapping[str, Mapping[str, Any] | None],
    groups: Mapping[str, str],
) -> None:
    """Raise InvalidError with every fault of a definition."""
    faults = [
        fault
        for side, told in sides.items()
        if told is not None
        for fault in _side(f"/{side}", told)
    ]
    if not faults:
        sources = [source_of(told) for told in sides.values() if told is not None]
        faults = [*_unit(unit, sources), *_groups(groups, sources)]
    if faults:
        raise InvalidError(*faults)


def _side(at: str, told: Mapping[str, Any]) -> Iterator[FieldError]:
    unknown = [event for event in told["events"] if fields_of(event) is None]
    for place, event in enumerate(told["events"]):
        if event in unknown:
            yield FieldError(f"{at}/events/{place}", "unknown-event", "Nobody says such a thing.")
        elif event in told["events"][:place]:
            yield FieldError(f"{at}/events/{place}", "twice", "Each event is named once.")
    if unknown:
        return
    fields = common_fields(tuple(told["events"]))
    yield from _measured(at, told, fields)
    try:
        source_of({**told, "events": told["events"]})
    except InvalidError as refused:
        for fault in refused.errors:
            yield FieldError(f"{at}/filter{fault.pointer}", fault.code, fault.detail)


def _measured(at: str, told: Mapping[str, Any], fields: Fields) -> Iterator[FieldError]:
    function = Function(told["function"])
    given = {name: told[name] for name in ("field", "since") if told.get(name)}
    if function is Function.COUNT:
        for name in given:
            yield FieldError(f"{at}/{name}", "not-asked", "Events are counted as a whole.")
        return
    unknown = [name for name, path in given.items() if path not in fields]
    for name in unknown:
        rule = f"There is no field {given[name]!r} that all these events tell."
        yield FieldError(f"{at}/{name}", "unknown-field", rule)
    if unknown:
        return
    yield from _typed(at, function, {name: fields[path] for name, path in given.items()})


def _typed(at: str, function: Function, known: Mapping[str, Field]) -> Iterator[FieldError]:
    if function is Function.COUNT_DISTINCT:
        yield from _distinct(at, known)
    elif "since" in known:
        yield from _timed(at, known)
    elif "field" not in known:
        yield FieldError(f"{at}/field", "required", f"{function.value} needs a field or a time.")
    elif not _is(known["field"], *NUMBERS):
        yield FieldError(f"{at}/field", "wrong-type", f"{function.value} needs a number or money.")


def _distinct(at: str, known: Mapping[str, Field]) -> Iterator[FieldError]:
    if "field" not in known:
        yield FieldError(f"{at}/field", "required", "Says whose different values are counted.")
    elif known["field"].many:
        yield FieldError(f"{at}/field", "wrong-type", "Must be one value, not a list.")
    if "since" in known:
        yield FieldError(f"{at}/since", "not-asked", "Values are counted, not times.")


def _timed(at: str, known: Mapping[str, Field]) -> Iterator[FieldError]:
    for name, field in known.items():
        if not _is(field, datetime):
            yield FieldError(f"{at}/{name}", "wrong-type", "A time lies between two instants.")


def _is(field: Field, *kinds: type[Any]) -> bool:
    return not field.many and field.kind in kinds


def _unit(unit: str, sources: list[Source]) -> Iterator[FieldError]:
    top, bottom = sources[0], sources[1] if len(sources) > 1 else None
    is_divided = bottom is not None
    money = [source.currency is not None for source in sources]
    counts = top.function in (Function.COUNT, Function.COUNT_DISTINCT)
    if unit in DIVIDED and not is_divided:
        yield FieldError("/denominator", "required", f"{unit} is one sum by another.")
    elif unit in DIVIDED and money[0] != money[-1]:
        yield FieldError("/denominator", "wrong-unit", "Money is divided by money here.")
    elif unit == "count" and (is_divided or not counts):
        yield FieldError("/unit", "wrong-unit", "A count is of events or of different values.")
    elif unit == "money" and (not money[0] or money[1:] == [True]):
        yield FieldError("/unit", "wrong-unit", "Needs an amount beside which a currency stands.")
    elif unit in TIMES and (not top.is_time or (bottom is not None and bottom.is_time)):
        yield FieldError("/unit", "wrong-unit", "Needs a time: `since`, or a field of seconds.")
    elif unit == "score" and (any(money) or top.is_time or (counts and not is_divided)):
        yield FieldError("/unit", "wrong-unit", "A score is of plain numbers.")


def _groups(groups: Mapping[str, str], sources: list[Source]) -> Iterator[FieldError]:
    for name, path in groups.items():
        at = f"/groups/{name}"
        for event in (event for source in sources for event in source.events):
            place = place_of(event, path)
            if place is None:
                yield FieldError(at, "unknown-field", f"{event} tells no {path!r}.")
                break
            if is_personal(place):
                yield FieldError(at, "personal-field", f"{path!r} tells single people apart.")
                break
            if not is_grouped(place, (fields_of(event) or Fields())[place]):
                rule = f"{path!r} is no code, id or yes or no: there would be a group each."
                yield FieldError(at, "not-groupable", rule)
                break
            if name in IDS and (fields_of(event) or Fields())[place].kind is not UUID:
                yield FieldError(at, "wrong-type", f"A {name} is told by its id.")
                break
