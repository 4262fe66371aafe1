"""Tags of many records at once: put on, taken off, renamed; each record's change is its own."""

from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass, field
from typing import Any
from uuid import UUID

from sqlalchemy import (
    ARRAY,
    ColumnElement,
    Row,
    Select,
    Text,
    and_,
    func,
    literal,
    literal_column,
    not_,
    or_,
    select,
    true,
)
from sqlalchemy.ext.asyncio import AsyncSession

from crm_shared import context
from crm_shared.filters import to_sql
from crm_shared.http.pagination import ListQuery
from crm_shared.nouns.columns import NO_TAGS
from crm_shared.nouns.errors import TooManyTagsError

MOST_TAGS = 100
MOST_AT_ONCE = 1_000

# announces what changed about rows that were read for it, and tells how many did
Announce = Callable[[AsyncSession, Sequence[Any]], Awaitable[int]]


@dataclass(frozen=True, slots=True)
class TagChange:
    """What is put on, and what is taken off."""

    add: tuple[str, ...] = ()
    remove: tuple[str, ...] = ()

    def of(self, tags: Sequence[str]) -> list[str]:
        """Return the tags of a record after the change, in their order."""
        kept = [tag for tag in tags if tag not in self.remove]
        return [*kept, *(tag for tag in self.add if tag not in kept)]


@dataclass(frozen=True, slots=True)
class TagResult:
    """How many records changed, and whether more wait for another call."""

    changed: int
    found: int
    has_more: bool


@dataclass(frozen=True, slots=True)
class Tagging:
    """The verbs over the tags of one noun; of many at once, those that `may_change`."""

    model: Any
    announce: Announce
    may_change: ColumnElement[bool] = field(default_factory=true)

    async def retag(self, session: AsyncSession, row: Any, change: TagChange) -> Any:
        """Change the tags of one record."""
        _put(row, change.of(row.tags))
        await self.announce(session, [row])
        return row

    async def retag_some(
        self, session: AsyncSession, visible: Select[Any], ids: Sequence[UUID], change: TagChange
    ) -> TagResult:
        """Change the tags of the records with these ids, as far as they are visible."""
        rows = await self._taken(session, visible.where(self.model.id.in_(ids)), most=len(ids))
        return await self._change(session, rows, change, has_more=False)

    async def retag_all(
        self, session: AsyncSession, visible: Select[Any], query: ListQuery, change: TagChange
    ) -> TagResult:
        """Change the tags of what a filter finds, so many at once; called again, the rest."""
        wanted = visible.where(to_sql(query.filter, query.fields), self._differs(change))
        rows = await self._taken(session, wanted, most=MOST_AT_ONCE + 1)
        has_more = len(rows) > MOST_AT_ONCE
        return await self._change(session, rows[:MOST_AT_ONCE], change, has_more=has_more)

    async def rename(self, session: AsyncSession, old: str, new: str) -> TagResult:
        """Give a tag another name, or let it become one that is there; so many records at once."""
        tagged = select(self.model).where(self.model.deleted_at.is_(None), self._has(old))
        rows = await self._taken(session, tagged, most=MOST_AT_ONCE + 1)
        has_more = len(rows) > MOST_AT_ONCE
        with context.as_bulk():
            for row in rows[:MOST_AT_ONCE]:
                named = (new if tag == old else tag for tag in row.tags)
                row.tags = list(dict.fromkeys(named))
            changed = await self.announce(session, rows[:MOST_AT_ONCE])
        return TagResult(changed, min(len(rows), MOST_AT_ONCE), has_more)

    async def counted(
        self, session: AsyncSession, visible: Select[Any], *, prefix: str | None, most: int
    ) -> Sequence[Row[*tuple[Any, ...]]]:
        """Return the tags of visible records, the most used first."""
        each = visible.with_only_columns(func.unnest(self.model.tags).label("tag")).subquery()
        count = func.count().label("count")
        counted = select(each.c.tag, count).group_by(each.c.tag).order_by(count.desc(), each.c.tag)
        if prefix:
            counted = counted.where(func.starts_with(func.lower(each.c.tag), prefix.lower()))
        return (await session.execute(counted.limit(most))).all()

    async def _taken(
        self, session: AsyncSession, wanted: Select[Any], *, most: int
    ) -> Sequence[Any]:
        # one record that says no would undo the change of all the others, with every try
        found = wanted.where(self.may_change).order_by(self.model.id).limit(most).with_for_update()
        return (await session.scalars(found)).all()

    async def _change(
        self, session: AsyncSession, rows: Sequence[Any], change: TagChange, *, has_more: bool
    ) -> TagResult:
        with context.as_bulk():
            for row in rows:
                _put(row, change.of(row.tags))
            changed = await self.announce(session, rows)
        return TagResult(changed, len(rows), has_more)

    def _differs(self, change: TagChange) -> ColumnElement[bool]:
        tags = self.model.tags
        has_all = tags.op("@>", is_comparison=True)(literal(list(change.add), ARRAY(Text())))
        has_any = tags.op("&&", is_comparison=True)(literal(list(change.remove), ARRAY(Text())))
        return or_(not_(has_all), has_any)

    def _has(self, tag: str) -> ColumnElement[bool]:
        tags = self.model.tags
        # the words of a partial index, where the noun has one
        filled = tags.op("<>", is_comparison=True)(literal_column(NO_TAGS))
        return and_(filled, tags.op("@>", is_comparison=True)(literal([tag], ARRAY(Text()))))


def _put(row: Any, tags: list[str]) -> None:
    if len(tags) > MOST_TAGS:
        raise TooManyTagsError(MOST_TAGS)
    if tags != row.tags:
        row.tags = tags
