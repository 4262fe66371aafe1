"""The interpreter in memory: the same answers for a row, an event or a form."""

import operator
from collections.abc import Callable, Mapping
from typing import Any

from crm_shared.filters.fields import Field, Fields
from crm_shared.filters.tree import And, Comparison, Not, Or, Tree
from crm_shared.filters.values import parse_value


def matches(tree: Tree, fields: Fields, values: Mapping[str, Any]) -> bool:
    """Tell whether `values` pass the filter; they may be flat, nested, or straight from JSON."""
    if isinstance(tree, And):
        return all(matches(item, fields, values) for item in tree.items)
    if isinstance(tree, Or):
        return any(matches(item, fields, values) for item in tree.items)
    if isinstance(tree, Not):
        return not matches(tree.item, fields, values)
    return _compare(tree, _value(values, tree.field, fields[tree.field]))


def _compare(test: Comparison, value: Any) -> bool:
    if test.op == "is_null":
        return (value is None) is test.value
    return value is not None and _OPS[test.op](value, test.value)


def _value(values: Mapping[str, Any], name: str, field: Field) -> Any:
    raw = values[name] if name in values else _walk(values, name.split("."))
    if raw is None:
        return None
    if not field.many:
        return _typed(field.kind, raw)
    if isinstance(raw, str) or not hasattr(raw, "__iter__"):
        return None
    return [_typed(field.kind, one) for one in raw]


def _typed(kind: type[Any], raw: Any) -> Any:
    if type(raw) is kind:
        return raw
    try:
        return parse_value(kind, raw)
    except ValueError:
        return None  # a value of another type is none that could be compared


def _walk(value: Any, path: list[str]) -> Any:
    for index, step in enumerate(path):
        if isinstance(value, list | tuple):
            found = [_walk(item, path[index:]) for item in value]
            return [one for one in found if one is not None]
        value = value.get(step) if isinstance(value, Mapping) else getattr(value, step, None)
        if value is None:
            return None
    return value


def lower(text: str) -> str:
    """Lower each character by itself, as PostgreSQL does: no final sigma, one for one."""
    if text.isascii():
        return text.lower()
    return "".join(sign.lower() if sign != "İ" else "i" for sign in text)


_OPS: dict[str, Callable[[Any, Any], bool]] = {
    "eq": operator.eq,
    "neq": operator.ne,
    "lt": operator.lt,
    "lte": operator.le,
    "gt": operator.gt,
    "gte": operator.ge,
    "between": lambda value, limits: bool(limits[0] <= value <= limits[1]),
    "in": lambda value, some: value in some,
    "not_in": lambda value, some: value not in some,
    "contains": lambda value, part: lower(part) in lower(value),
    "starts_with": lambda value, part: lower(value).startswith(lower(part)),
    "has": lambda value, one: one in value,
    "has_any": lambda value, some: not set(some).isdisjoint(value),
    "has_all": lambda value, some: set(some) <= set(value),
}
