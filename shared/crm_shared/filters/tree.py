"""The tree of a filter, checked against the fields it may name."""

from dataclasses import dataclass
from difflib import get_close_matches
from typing import Any, TypeAlias, Union

from crm_shared.errors import FieldError, InvalidError
from crm_shared.filters.fields import Field, Fields
from crm_shared.filters.values import parse_value

MAX_DEPTH = 10
MAX_NODES = 200
MAX_VALUES = 500
LIST_OPS = frozenset({"in", "not_in", "has_any", "has_all"})
PAIR = 2
MOST_NAMED = 40


@dataclass(frozen=True, slots=True)
class Comparison:
    """One field compared with a value of its type; with null it is false."""

    field: str
    op: str
    value: Any


@dataclass(frozen=True, slots=True)
class And:
    """True when all its parts are; without parts it is true."""

    items: tuple["Tree", ...]


@dataclass(frozen=True, slots=True)
class Or:
    """True when one of its parts is; without parts it is false."""

    items: tuple["Tree", ...]


@dataclass(frozen=True, slots=True)
class Not:
    """True when its part is not, be it for a null."""

    item: "Tree"


Tree: TypeAlias = Union[And, Or, Not, Comparison]  # noqa: UP007 -- forward names


def parse_tree(raw: object, fields: Fields, *, pointer: str = "") -> Tree:
    """Check a JSON tree against `fields`; InvalidError lists every fault with its pointer.

    Nothing (None, `{}`) is the filter that lets everything through.
    """
    parser = _Parser(fields)
    tree = And(()) if raw is None or raw == {} else parser.node(raw, pointer, depth=1)
    if parser.errors:
        raise InvalidError(*parser.errors)
    return tree


def parse_surviving(raw: object, fields: Fields) -> tuple[Tree, list[FieldError]]:
    """Check a kept tree whose fields may have vanished since; returns what is left, and the faults.

    A part that cannot be asked any more is left out of its group: it narrows nothing.
    """
    parser = _Parser(fields)
    if raw:
        parser.node(raw, "", depth=1)
    if not parser.errors:
        return parse_tree(raw, fields), []
    left = _surviving(raw, fields)
    return (parse_tree(left, fields) if left else And(())), parser.errors


def _surviving(raw: Any, fields: Fields) -> Any:
    if not isinstance(raw, dict):
        return None
    for key in ("and", "or"):
        if key in raw:
            parts = [_surviving(part, fields) for part in raw[key]]
            left = [part for part in parts if part is not None]
            return {key: left} if left else None
    if "not" in raw:
        inner = _surviving(raw["not"], fields)
        return None if inner is None else {"not": inner}
    parser = _Parser(fields)
    parser.node(raw, "", depth=1)
    return None if parser.errors else raw


def parse_comparison(
    name: str, op: str, raw: object, fields: Fields, *, pointer: str
) -> Comparison | FieldError:
    """Check one comparison; the error says which part of it is wrong."""
    field = fields.get(name)
    if field is None:
        return FieldError(pointer, "unknown-field", _unknown(name, fields))
    if op not in field.ops:
        known = ", ".join(sorted(field.ops))
        return FieldError(pointer, "unknown-operator", f"{name} knows only {known}.")
    try:
        return Comparison(name, op, _value(field, op, raw))
    except ValueError as wrong:
        return FieldError(pointer, "invalid-value", f"The value of {name} {wrong}.")


def _unknown(name: str, fields: Fields) -> str:
    # people name `stage_id` where an event says `deal.stage_id`: told, it is found at once
    own = name.rpartition(".")[2]
    near = [one for one in fields if one.rpartition(".")[2] == own]
    near = near or get_close_matches(name, fields, MOST_NAMED) or list(fields)
    known = ", ".join(sorted(near)[:MOST_NAMED])
    return f"There is no field {_shown(name)} here; there are: {known}."


def _shown(name: str) -> str:
    # an unknown name is the caller's text: shown only when it looks like a name
    plain = name.replace(".", "").replace("_", "")
    return repr(name) if plain.isascii() and plain.isalnum() and len(name) <= 64 else "of that name"  # noqa: PLR2004


def _value(field: Field, op: str, raw: object) -> Any:
    if op == "is_null":
        return parse_value(bool, raw)
    if op in LIST_OPS:
        return tuple(parse_value(field.kind, one) for one in _list(raw))
    if op == "between":
        values = _list(raw)
        if len(values) != PAIR:
            raise ValueError("must be a pair of limits")
        return tuple(parse_value(field.kind, one) for one in values)
    if raw is None:
        raise ValueError("must not be null (is_null asks for that)")
    return parse_value(field.kind, raw)


def _list(raw: object) -> list[object]:
    if not isinstance(raw, list | tuple):
        raise ValueError("must be a list")
    if len(raw) > MAX_VALUES:
        raise ValueError(f"must not hold more than {MAX_VALUES} values")
    if any(one is None for one in raw):
        raise ValueError("must not hold null")
    return list(raw)


class _Parser:
    """Walks a tree once and gathers what is wrong with it."""

    def __init__(self, fields: Fields) -> None:
        self.fields = fields
        self.errors: list[FieldError] = []
        self.nodes = 0

    def node(self, raw: object, pointer: str, *, depth: int) -> Tree:
        self.nodes += 1
        if self.nodes > MAX_NODES or depth > MAX_DEPTH:
            return self.fault(
                pointer, "too-complex", f"At most {MAX_NODES} parts, {MAX_DEPTH} deep."
            )
        if not isinstance(raw, dict):
            return self.fault(pointer, "invalid-filter", "Each part must be an object.")
        keys = set(raw)
        if keys in ({"and"}, {"or"}):
            return self.group(keys.pop(), raw, pointer, depth=depth)
        if keys == {"not"}:
            return Not(self.node(raw["not"], f"{pointer}/not", depth=depth + 1))
        if keys == {"field", "op", "value"}:
            return self.comparison(raw, pointer)
        return self.fault(
            pointer, "invalid-filter", "Expected and, or, not, or the three of field, op, value."
        )

    def group(self, key: str, raw: dict[str, Any], pointer: str, *, depth: int) -> Tree:
        parts = raw[key]
        if not isinstance(parts, list):
            return self.fault(f"{pointer}/{key}", "invalid-filter", "Expected a list of parts.")
        items = []
        for index, part in enumerate(parts):
            items.append(self.node(part, f"{pointer}/{key}/{index}", depth=depth + 1))
            if self.nodes > MAX_NODES:
                break
        return And(tuple(items)) if key == "and" else Or(tuple(items))

    def comparison(self, raw: dict[str, Any], pointer: str) -> Tree:
        name, op = raw["field"], raw["op"]
        if not isinstance(name, str) or not isinstance(op, str):
            return self.fault(pointer, "invalid-filter", "Field and op must be texts.")
        result = parse_comparison(name, op, raw["value"], self.fields, pointer=pointer)
        if isinstance(result, FieldError):
            return self.fault(result.pointer, result.code, result.detail)
        return result

    def fault(self, pointer: str, code: str, detail: str) -> Tree:
        self.errors.append(FieldError(pointer, code, detail))
        return And(())
