"""Lists follow the ids of merged records: who asks for one finds what is the other's, too."""

from collections.abc import Iterator, Sequence
from typing import Any
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncSession
from sqlalchemy.orm import DeclarativeBase

from crm_shared.db import aliases
from crm_shared.filters import And, Comparison, Fields, Not, Or, Tree

_WIDENED = {"eq": "in", "neq": "not_in", "in": "in", "not_in": "not_in", "has_any": "has_any"}


async def followed(session: AsyncSession, tree: Tree, fields: Fields) -> Tree:
    """Return the filter with every id of a merged record widened to all that is one with it."""
    groups = await aliases.groups(session, set(_named(tree, fields)))
    if all(group == [one] for one, group in groups.items()):
        return tree
    return _widened(tree, fields, groups)


def _named(tree: Tree, fields: Fields) -> Iterator[UUID]:
    if isinstance(tree, And | Or):
        for item in tree.items:
            yield from _named(item, fields)
    elif isinstance(tree, Not):
        yield from _named(tree.item, fields)
    elif fields[tree.field].merges and tree.op != "is_null":
        yield from _values(tree)


def _values(test: Comparison) -> tuple[UUID, ...]:
    return tuple(test.value) if isinstance(test.value, tuple | list) else (test.value,)


def _widened(tree: Tree, fields: Fields, groups: dict[UUID, list[UUID]]) -> Tree:
    if isinstance(tree, And):
        return And(tuple(_widened(item, fields, groups) for item in tree.items))
    if isinstance(tree, Or):
        return Or(tuple(_widened(item, fields, groups) for item in tree.items))
    if isinstance(tree, Not):
        return Not(_widened(tree.item, fields, groups))
    if not fields[tree.field].merges or tree.op == "is_null":
        return tree
    if tree.op == "has_all":
        parts = (Comparison(tree.field, "has_any", tuple(groups[one])) for one in _values(tree))
        return And(tuple(parts))
    wide = tuple(dict.fromkeys(other for one in _values(tree) for other in groups[one]))
    return Comparison(tree.field, _WIDENED[tree.op], wide)


async def follow(session: AsyncSession, rows: Sequence[Any], fields: Fields) -> None:
    """Let rows that were read show survivors in place of merged records.

    What the database holds stays as it is: an unmerge gives every row its own record back.
    """
    names = [name for name, field in fields.items() if field.merges]
    # read past the attributes: a page has a hundred of them
    shown = [
        (row, name, vars(row)[name])
        for row in rows
        if isinstance(row, DeclarativeBase)
        for name in names
        if vars(row).get(name)
    ]
    known = await aliases.survivors(session, {one for _, _, held in shown for one in _ids(held)})
    for row, name, held in shown if known else ():
        if not known.keys().isdisjoint(_ids(held)):
            vars(row)[name] = _survivors(held, known)


def _ids(held: Any) -> Sequence[UUID]:
    return held if isinstance(held, list) else (held,)


def _survivors(held: Any, known: dict[UUID, UUID]) -> Any:
    if isinstance(held, list):
        return list(dict.fromkeys(known.get(one, one) for one in held))
    return known.get(held, held)
