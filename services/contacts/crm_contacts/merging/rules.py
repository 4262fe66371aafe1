"""How the fields of two records become one record's, and how one of them is taken out again.

Values here are JSON values, as versions keep them: what is compared must be written alike.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Literal, NamedTuple

Values = Mapping[str, Any]
Side = Literal["survivor", "loser"]
Key = Callable[[Any], Any]


@dataclass(frozen=True, slots=True)
class Shape:
    """Which fields a noun has, and how each is brought together."""

    # the survivor's; where he has none, the loser's
    single: tuple[str, ...]
    # the same, but all or none of them: an owner comes with his team
    joined: tuple[tuple[str, ...], ...] = ()
    # true when it is of one of them
    either: tuple[str, ...] = ()
    # united; the key says which items are the same
    many: Mapping[str, Key] = field(default_factory=dict)

    @property
    def names(self) -> tuple[str, ...]:
        """Every field, in the order in which people read them."""
        together = tuple(name for group in self.joined for name in group)
        return (*self.single, *together, *self.either, *self.many)


class Combined(NamedTuple):
    """The fields as they will be, and where each that the loser had a part in came from."""

    values: dict[str, Any]
    origins: dict[str, Literal["survivor", "loser", "both"]]


def combine(shape: Shape, survivor: Values, loser: Values, take: Mapping[str, Side]) -> Combined:
    """Return the survivor's fields after the merge; `take` names whose value stands."""
    values = {name: survivor.get(name) for name in shape.names}
    given = {name: loser.get(name) for name in shape.names}
    for name in shape.single:
        if _is_empty(values[name]):
            values[name] = given[name]
    for group in shape.joined:
        if all(_is_empty(values[name]) for name in group):
            values |= {name: given[name] for name in group}
    for name in shape.either:
        values[name] = bool(values[name] or given[name])
    for name, key in shape.many.items():
        values[name] = _united(values[name], given[name], key)
    for name, side in take.items():
        values[name] = (survivor if side == "survivor" else loser).get(name)
    return Combined(values, _origins(shape, survivor, loser, values))


def _is_empty(value: Any) -> bool:
    return value is None or value in ("", [], {})


def _origins(
    shape: Shape, survivor: Values, loser: Values, values: Values
) -> dict[str, Literal["survivor", "loser", "both"]]:
    origins: dict[str, Literal["survivor", "loser", "both"]] = {}
    for name in shape.names:
        was, other, now = survivor.get(name), loser.get(name), values[name]
        if _is_empty(now) or now is False:
            continue
        if now == was:
            origins[name] = "survivor"
        elif now == other and (_is_empty(was) or name not in shape.many):
            origins[name] = "loser"
        else:
            origins[name] = "both"
    return origins


def _united(mine: Any, others: Any, key: Key) -> Any:
    if isinstance(mine, Mapping) or isinstance(others, Mapping):
        return {**(others or {}), **(mine or {})}
    found = {key(item): item for item in mine or []}
    has_primary = any(_is_primary(item) for item in found.values())
    for item in others or []:
        held = found.get(key(item))
        if held is None:
            quiet = has_primary and _is_primary(item)
            found[key(item)] = {**item, "is_primary": False} if quiet else item
        elif _is_newer(item, held):
            found[key(item)] = item
    return list(found.values())


def _is_primary(item: Any) -> bool:
    return isinstance(item, Mapping) and bool(item.get("is_primary"))


def _is_newer(item: Any, held: Any) -> bool:
    """Tell whether a consent was given or taken back after the one that is held."""
    if not isinstance(item, Mapping) or "at" not in item:
        return False
    # by the instant, not by its text: words are kept with the offsets they were sent with
    return datetime.fromisoformat(item["at"]) > datetime.fromisoformat(held["at"])


class Step(NamedTuple):
    """One revision of a survivor: its fields before and after, and whether it is left out."""

    before: Values
    after: Values
    is_left_out: bool
    is_edit: bool


class Undone(NamedTuple):
    """The fields without what some merges brought, and the later changes that were kept."""

    values: dict[str, Any]
    kept: list[str]


def replay(shape: Shape, start: Values, steps: Sequence[Step]) -> Undone:
    """Return where `start` leads by all steps but those left out: what people changed stays."""
    values = {name: start.get(name) for name in shape.names}
    kept: set[str] = set()
    for step in steps:
        touched = {name for name in shape.names if step.before.get(name) != step.after.get(name)}
        if step.is_left_out:
            continue
        if step.is_edit:
            kept |= touched
        for name in sorted(touched):
            values[name] = _stepped(shape, name, values[name], step)
    return Undone(values, sorted(kept))


def _stepped(shape: Shape, name: str, value: Any, step: Step) -> Any:
    before, after = step.before.get(name), step.after.get(name)
    if name not in shape.many or value == before:
        return after
    key = shape.many[name]
    was, now, held = (_keyed(one, key) for one in (before, after, value))
    for gone in was.keys() - now.keys():
        held.pop(gone, None)
    for one, item in now.items():
        # what a left-out merge brought stays out, even if it was touched since
        if one not in was or (was[one] != item and one in held):
            held[one] = item
    if isinstance(after, Mapping):
        return held
    return _with_a_primary(list(held.values()))


def _keyed(value: Any, key: Key) -> dict[Any, Any]:
    if isinstance(value, Mapping):
        return dict(value)
    return {key(item): item for item in value or []}


def _with_a_primary(items: list[Any]) -> list[Any]:
    flagged = [item for item in items if isinstance(item, Mapping) and "is_primary" in item]
    if not flagged or any(item["is_primary"] for item in flagged):
        return items
    return [{**items[0], "is_primary": True}, *items[1:]]
