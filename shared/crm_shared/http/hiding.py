"""Fields that a role may not see: taken out of every answer, refused in filters and in bodies."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from crm_shared import context
from crm_shared.errors import FieldError, ForbiddenError
from crm_shared.filters import And, Not, Or, Tree
from crm_shared.http.shapes import Shape
from crm_shared.policies import CUSTOM, CUSTOM_FIELDS, Names, covers

NOTHING: frozenset[str] = frozenset()
# the audit says whose data was read; an export of a million is told by its count
MOST_IDS = 100


class FieldHiddenError(ForbiddenError):
    """A request names a field that the caller's role may not see."""

    problem = "field-hidden"

    def __init__(self, *pointers: str) -> None:
        super().__init__("Your role may not see or set this field.")
        self.errors = [
            FieldError(one, "field-hidden", "Your role may not see or set this field.")
            for one in pointers
        ]


def hidden_of(noun: str | None) -> frozenset[str]:
    """Return the fields of a noun that whoever asks now may not see."""
    return context.current().hidden.get(noun, NOTHING) if noun else NOTHING


def refuse_filter(noun: str | None, tree: Tree, sort: tuple[str, ...], *, at: str) -> None:
    """Refuse a list that is filtered or sorted by a hidden field: it would tell what is hidden."""
    hidden = hidden_of(noun)
    if not hidden:
        return
    faults = [f"{at}/{name}" for name in sorted(names_in(tree)) if covers(hidden, name)]
    faults += [f"{at}/sort" for name in sort if covers(hidden, name)]
    if faults:
        raise FieldHiddenError(*faults)


def refuse_conditions(tree: Tree, *, at: str, noun: str | None = None) -> None:
    """Refuse conditions of a rule that ask a hidden field: what the rule does would tell it.

    Names are those of an event (`deal.amount`), or fields of `noun` itself.
    """
    hidden = context.current().hidden
    if not hidden:
        return
    asked = sorted(names_in(tree))
    faults = [f"{at}/{name}" for name in asked if _is_hidden(name, noun, hidden)]
    if faults:
        raise FieldHiddenError(*faults)


def _is_hidden(name: str, noun: str | None, hidden: Names) -> bool:
    of, _dot, field = name.partition(".")
    return covers(hidden.get(of, NOTHING), field) or covers(hidden.get(noun or "", NOTHING), name)


def names_in(tree: Tree) -> set[str]:
    """Return the names of fields that a filter asks."""
    if isinstance(tree, And | Or):
        return {name for item in tree.items for name in names_in(item)}
    return names_in(tree.item) if isinstance(tree, Not) else {tree.field}


def without(record: dict[str, Any], hidden: frozenset[str]) -> dict[str, Any]:
    """Take hidden fields out of one record, in place."""
    for name in hidden:
        if name.startswith(CUSTOM):
            (record.get(CUSTOM_FIELDS) or {}).pop(name.removeprefix(CUSTOM), None)
        else:
            record.pop(name, None)
    return record


def strip(value: Any, shape: Shape, hidden: Names) -> None:
    """Take hidden fields out of every record of a body, in place."""
    for record, nouns in records(value, shape):
        for noun in nouns:
            without(record, hidden.get(noun, NOTHING))


def records(
    value: Any, shape: Shape, *, sums: bool = True
) -> Iterator[tuple[dict[str, Any], frozenset[str]]]:
    """Yield every record of a body with the nouns that it may show; `sums`: figures as well."""
    if isinstance(value, list):
        for item in value:
            yield from records(item, shape, sums=sums)
    elif isinstance(value, dict):
        nouns = frozenset({str(value.get(shape.told_by))}) if shape.told_by else shape.nouns
        if nouns and (sums or not shape.is_sum):
            yield value, nouns
        for part, below in _below(value, shape):
            yield from records(part, below, sums=sums)


def _below(value: dict[str, Any], shape: Shape) -> Iterator[tuple[Any, Shape]]:
    yield from ((value.get(name), part) for name, part in shape.parts.items())
    if shape.each is not None:
        yield from ((item, shape.each) for item in value.values())


def refuse_body(value: Any, shape: Shape, hidden: Names) -> None:
    """Refuse a body that sets a hidden field."""
    faults = sorted(set(_set_in(value, shape, hidden, "")))
    if faults:
        raise FieldHiddenError(*faults)


def _set_in(value: Any, shape: Shape, hidden: Names, at: str) -> Iterator[str]:
    if isinstance(value, list):
        # every item: a batch must not carry past what a single write refuses
        for place, item in enumerate(value):
            yield from _set_in(item, shape, hidden, f"{at}/{place}")
    elif isinstance(value, dict):
        for noun in shape.nouns:
            yield from _named(value, hidden.get(noun, NOTHING), at)
        for name, part in shape.parts.items():
            yield from _set_in(value.get(name), part, hidden, f"{at}/{name}")


def _named(record: Mapping[str, Any], hidden: frozenset[str], at: str) -> Iterator[str]:
    for name in hidden:
        key = name.removeprefix(CUSTOM)
        if name.startswith(CUSTOM):
            custom = record.get(CUSTOM_FIELDS)
            if isinstance(custom, dict) and key in custom:
                yield f"{at}/{CUSTOM_FIELDS}/{key}"
        elif name in record:
            yield f"{at}/{name}"


@dataclass(frozen=True, slots=True)
class Reading:
    """What of one noun an answer showed that is watched: fields, of how many records, of which."""

    noun: str
    fields: tuple[str, ...]
    count: int
    ids: tuple[str, ...]


def readings(value: Any, shape: Shape, watched: Names) -> list[Reading]:
    """Return what of watched fields a body shows; a field without a value shows nothing."""
    seen: dict[str, tuple[set[str], list[str | None]]] = {}
    for record, nouns in records(value, shape, sums=False):
        for noun in nouns:
            told = {name for name in watched.get(noun, NOTHING) if _tells(record, name)}
            if told:
                names, ids = seen.setdefault(noun, (set(), []))
                names |= told
                # a row about a deal has an id of its own: the deal is what was read
                ids.append(record.get(f"{noun}_id") or record.get("id"))
    return [
        Reading(
            noun,
            tuple(sorted(names)),
            len(ids),
            tuple(dict.fromkeys(one for one in ids if one is not None))[:MOST_IDS],
        )
        for noun, (names, ids) in sorted(seen.items())
    ]


def _tells(record: Mapping[str, Any], name: str) -> bool:
    if name.startswith(CUSTOM):
        record, name = record.get(CUSTOM_FIELDS) or {}, name.removeprefix(CUSTOM)
    # zero and False are values: only what is empty shows nothing
    return record.get(name) not in (None, "", [], {})
