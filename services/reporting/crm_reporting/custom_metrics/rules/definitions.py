"""A definition as it is kept: what is measured, over which events, cut by what."""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import Any, NamedTuple
from uuid import UUID

from crm_reporting.custom_metrics.rules.told import (
    CUSTOM_FIELDS,
    TYPED_AS,
    Told,
    credit_of,
    currency_of,
    fields_of,
    hidden_as,
    is_custom,
    noun_of,
    place_of,
)
from crm_shared.filters import Comparison, Fields, Tree, parse_tree
from crm_shared.nouns.kinds import FieldType

PREFIX = "custom."
SIDES = ("numerator", "denominator")
_READS = {"cost": "costs", "plan": "plans"} | dict.fromkeys(
    ("staff", "investment", "baseline", "effect_setup"), "pay"
)


class Function(StrEnum):
    COUNT = "count"
    COUNT_DISTINCT = "count_distinct"
    SUM = "sum"
    MEAN = "mean"
    MEDIAN = "median"
    MIN = "min"
    MAX = "max"


@dataclass(frozen=True, slots=True)
class Source:
    """One side: the events, the condition, and what is measured of each.

    With `since` it is the time from that instant to `field`, or to the event without one.
    """

    events: tuple[str, ...]
    function: Function
    field: str | None
    since: str | None
    filter: Tree
    custom: tuple[str, ...] = ()  # custom fields that the filter names, with their types

    @property
    def is_time(self) -> bool:
        """Whether seconds are measured: between instants, or as a field tells them."""
        return self.since is not None or bool(self.field and self.field.endswith("_s"))

    @property
    def is_of_ids(self) -> bool:
        """Whether different records are counted: one merged into another is that other."""
        known = fields_of(self.events[0])
        return known is not None and self.field is not None and known[self.field].kind is UUID

    @property
    def needs_values(self) -> bool:
        """Whether sums do not tell it: the middle of money in several currencies."""
        return self.function is Function.MEDIAN

    @property
    def is_additive(self) -> bool:
        """Whether parts make the whole."""
        return self.function in (Function.COUNT, Function.SUM)

    @property
    def currency(self) -> str | None:
        """Where the currency of what is measured stands; None when it is no money."""
        if self.field is None or self.since or self.function is Function.COUNT_DISTINCT:
            return None
        return currency_of(self.events[0], self.field)


class Group(NamedTuple):
    """A dimension and the field that it is told by."""

    dimension: str
    field: str
    is_id: bool


@dataclass(frozen=True, slots=True)
class Definition:
    """What is counted; `revision` is the one at which that was last changed."""

    metric_id: UUID
    revision: int
    sides: tuple[Source, ...]
    groups: tuple[Group, ...]

    @property
    def events(self) -> frozenset[str]:
        return frozenset(event for source in self.sides for event in source.events)

    @property
    def tells(self) -> tuple[str, ...]:
        """The fields it cannot be told without, as roles have them hidden: `noun.name`."""
        return tuple(sorted({hidden_as(path) for path in self._paths()}))

    @property
    def reads(self) -> tuple[str, ...]:
        """What of the inputs it tells: whoever may not read that gets no answer."""
        nouns = {noun_of(event) for event in self.events}
        return tuple(sorted({_READS[noun] for noun in nouns if noun in _READS}))

    def told_by(self, dimension: str) -> tuple[str, ...]:
        """Return the fields that a cut tells, as roles have them hidden: of every event one."""
        group = next((one.field for one in self.groups if one.dimension == dimension), None)
        return tuple(sorted({self._place(event, dimension, group) for event in self.events}))

    def _place(self, event: str, dimension: str, group: str | None) -> str:
        path = group
        if path is None:
            owner, team = credit_of(event)
            path = owner if dimension == "owner" else team
        place = place_of(event, path) if path else None
        return hidden_as(place or f"{noun_of(event)}.{dimension}")

    def _paths(self) -> Iterator[str]:
        for source in self.sides:
            yield from (path for path in (source.field, source.since) if path)
            yield from named_in(source.filter)


def source_of(told: Mapping[str, Any]) -> Source:
    """Return one side as it was saved; InvalidError when events tell a field no more."""
    events = tuple(told["events"])
    tree = parse_tree(told.get("filter"), common_fields(events))
    return Source(
        events, Function(told["function"]), told.get("field"), told.get("since"), tree,
        tuple(sorted(path for path in named_in(tree) if is_custom(path))),
    )  # fmt: skip


def definition_of(
    metric_id: UUID,
    revision: int,
    sides: tuple[Mapping[str, Any] | None, ...],
    groups: Mapping[str, str],
) -> Definition:
    """Return a definition as it was saved; InvalidError or KeyError: a field is told no more."""
    sources = tuple(source_of(side) for side in sides if side is not None)
    for source in sources:
        known = common_fields(source.events)
        for path in (source.field, source.since):
            if path is not None and path not in known:
                raise KeyError(path)
    found = [Group(name, path, _is_id(sources[0], path)) for name, path in sorted(groups.items())]
    return Definition(metric_id, revision, sources, tuple(found))


def common_fields(events: tuple[str, ...]) -> Fields:
    """Return the fields that every one of these events tells, alike."""
    first, *others = [fields_of(event) or Fields() for event in events]
    alike = {
        path: field
        for path, field in first.items()
        if all(path in one and _alike(one[path], field) for one in others)
    }
    nouns = {noun_of(event) for event in events}
    # custom fields are a noun's own: events of several have none in common
    return Told(alike, nouns.pop()) if len(nouns) == 1 else Fields(alike)


def _alike(one: Any, other: Any) -> bool:
    return (one.kind, one.many) == (other.kind, other.many)


def _is_id(source: Source, path: str) -> bool:
    event = source.events[0]
    place = place_of(event, path)
    known = fields_of(event)
    return place is not None and known is not None and known[place].kind is UUID


def renamed(told: Any, name_of: Callable[[str], str]) -> Any:
    """Return one side of a definition, or its filter, with other names for fields in it."""
    if isinstance(told, list):
        return [renamed(one, name_of) for one in told]
    if not isinstance(told, Mapping):
        return told
    return {
        key: name_of(value)
        if key in ("field", "since") and isinstance(value, str)
        else renamed(value, name_of)
        for key, value in told.items()
    }


def with_type(noun: str, known: Mapping[str, FieldType], path: str) -> str:
    """Return a path with the type of the custom field that it names; any other as it is."""
    name = path.partition(":")[0].removeprefix(f"{noun}.")
    if not name.startswith(f"{CUSTOM_FIELDS}."):
        return path
    kind = known.get(name.removeprefix(f"{CUSTOM_FIELDS}."))
    return f"{noun}.{name}:{kind}" if kind in TYPED_AS else f"{noun}.{name}"


def named_in(tree: Tree) -> set[str]:
    """Return the fields that a filter names."""
    if isinstance(tree, Comparison):
        return {tree.field}
    items = (tree.item,) if not hasattr(tree, "items") else tree.items
    return set().union(*(named_in(item) for item in items))
