"""Pages: keyset cursors over any sort field, filters, and one answer shape for every list."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Generic, TypeVar

from fastapi import Request
from pydantic import BaseModel, ConfigDict, Field
from sqlalchemy import Select, func, select
from sqlalchemy.ext.asyncio import AsyncSession

from crm_shared.db import aliases
from crm_shared.db.showing import Showing
from crm_shared.errors import FieldError, InvalidError
from crm_shared.filters import And, Fields, Tree, parse_query, parse_tree, to_sql
from crm_shared.http.cursor import CursorCodec, SortKey, after, order, sort_keys
from crm_shared.http.following import follow, followed
from crm_shared.http.hiding import refuse_filter

MAX_LIMIT = 500
DEFAULT_LIMIT = 50
CODEC = "crm_cursor_codec"
OWN_PARAMETERS = frozenset({"limit", "cursor", "sort", "total"})

ItemT = TypeVar("ItemT")
RowT = TypeVar("RowT")


class Page(BaseModel, Generic[ItemT]):
    """One page of a list; `next_cursor` is null on the last one."""

    model_config = ConfigDict(from_attributes=True)

    items: list[ItemT]
    next_cursor: str | None
    total: int | None = Field(default=None, description="Only when asked for by total=true")


@dataclass(frozen=True, slots=True)
class Rows(Generic[RowT]):
    """A page before it is serialised: the rows themselves. Return it where Page[…] is declared."""

    items: Sequence[RowT]
    next_cursor: str | None
    total: int | None


@dataclass(frozen=True, slots=True)
class ListQuery:
    """What a caller wants of a list, checked against its fields."""

    fields: Fields
    filter: Tree
    sort: tuple[SortKey, ...]
    limit: int = DEFAULT_LIMIT
    cursor: str | None = None
    total: bool = False


class SearchIn(BaseModel):
    """A search: a filter tree in place of query parameters."""

    model_config = ConfigDict(extra="forbid")

    filter: dict[str, Any] | None = Field(
        default=None,
        description="and/or/not over {field, op, value}",
        examples=[{"and": [{"field": "id", "op": "is_null", "value": False}]}],
    )
    sort: str | None = Field(default=None, max_length=200, examples=["-created_at"])
    limit: int = Field(default=DEFAULT_LIMIT, ge=1, le=MAX_LIMIT)
    cursor: str | None = Field(default=None, max_length=2000)
    total: bool = False


class Listing:
    """How one noun is listed: its fields, what it can be sorted by, and the usual order."""

    # what the document says beside parameters of fields
    more_parameters: Sequence[dict[str, Any]] = ()
    # the noun whose hidden fields can be neither asked for nor sorted by
    shows: str | None = None

    def __init__(self, fields: Fields, *, sort: Sequence[str], default: str) -> None:
        if "id" not in fields:
            raise TypeError("a list needs the field id: it breaks ties")
        self.fields = fields
        self.sortable = tuple(sort)
        self.default = default
        self._orders: dict[str, tuple[SortKey, ...]] = {}
        self.order(default)

    async def __call__(self, request: Request) -> ListQuery:
        return self.read(request)

    def read(self, request: Request, *, beside: frozenset[str] = frozenset()) -> ListQuery:
        """Return what the parameters want; those named by `beside` somebody else reads."""
        own: dict[str, str] = {}
        rest: list[tuple[str, str]] = []
        named = beside | getattr(request.scope.get("route"), "query_names", frozenset[str]())
        for key, value in request.query_params.multi_items():
            if key in OWN_PARAMETERS:
                own[key] = value
            elif key not in named:
                rest.append((key, value))
        comparisons, errors = parse_query(rest, self.fields)
        limit, total = _limit(own, errors), _total(own, errors)
        if errors:
            raise InvalidError(*errors)
        order = self.order(own.get("sort"), pointer="/query/sort")
        wanted = And(tuple(comparisons))
        self.refuse_hidden(wanted, order if own.get("sort") else (), at="/query")
        return ListQuery(self.fields, wanted, order, limit, own.get("cursor"), total)

    def search(self, body: SearchIn) -> ListQuery:
        """Return what a search body wants; the same as the query parameters, as a tree."""
        tree = parse_tree(body.filter, self.fields, pointer="/filter")
        sort = self.order(body.sort, pointer="/sort")
        self.refuse_hidden(tree, sort if body.sort else (), at="/filter")
        return ListQuery(self.fields, tree, sort, body.limit, body.cursor, body.total)

    def refuse_hidden(self, tree: Tree, order: tuple[SortKey, ...], *, at: str) -> None:
        """Refuse what the caller's role may not see: an order or a filter would tell it."""
        refuse_filter(self.shows, tree, tuple(key.name for key in order), at=at)

    def order(self, sort: str | None, *, pointer: str = "") -> tuple[SortKey, ...]:
        """Return the keys of `sort` (`-created_at`, `stage,-amount`) or of the usual order."""
        wanted = sort or self.default
        known = self._orders.get(wanted)
        if known is None:
            known = sort_keys(wanted, self.fields, self.sortable, pointer=pointer)
            if len(self._orders) < MAX_LIMIT:
                self._orders[wanted] = known
        return known


def listing(
    fields: Fields, *, sort: Sequence[str] = ("created_at",), default: str = "-created_at"
) -> Listing:
    """Return a list's dependency: `query: Annotated[ListQuery, Depends(listing(FIELDS))]`."""
    return Listing(fields, sort=sort, default=default)


def search_query(
    body: SearchIn,
    fields: Fields | Listing,
    *,
    sort: Sequence[str] = ("created_at",),
    default: str = "-created_at",
) -> ListQuery:
    """Return what a search body wants of the noun with these fields (or this Listing)."""
    known = fields if isinstance(fields, Listing) else listing(fields, sort=sort, default=default)
    return known.search(body)


async def list_page(
    session: AsyncSession,
    statement: Select[Any],
    query: ListQuery,
    *,
    showing: Showing[Any] | None = None,
) -> Rows[Any]:
    """Read one page of `statement` as `query` wants it: filtered, sorted, from its cursor on.

    Rows are entities when the statement selects one, else SQLAlchemy rows; the sort columns
    must be among what it selects. Ids of merged records find and show their survivors.
    With `showing`, entities are read for the answer alone.
    """
    codec = session.info.get(CODEC) or CursorCodec.for_this_process()
    wanted = await followed(session, query.filter, query.fields)
    filtered = statement.where(to_sql(wanted, query.fields))
    page = filtered.order_by(None).order_by(*order(query.sort)).limit(query.limit + 1)
    if query.cursor is not None:
        page = page.where(after(query.sort, codec.read(query.cursor, query)))
    rows, has_merged = await _read(session, page, query.fields, showing)
    more = len(rows) > query.limit
    rows = rows[: query.limit]
    total = await _count(session, filtered) if query.total else None
    if has_merged:
        await follow(session, rows, query.fields)
    return Rows(rows, codec.write(rows[-1], query) if more else None, total)


async def _read(
    session: AsyncSession, page: Select[Any], fields: Fields, showing: Showing[Any] | None
) -> tuple[Sequence[Any], bool]:
    """Return the rows, and whether ids in them may be those of merged records: in one trip."""
    if showing is not None:
        # past the session, which would make each row anew
        connection = await session.connection()
        found = (await connection.execute(showing.selected(page, aliases.SOME))).all()
        return [showing.record(row) for row in found], any(row[-1] for row in found[:1])
    if len(page.column_descriptions) > 1:
        return (await session.execute(page)).all(), False
    if not any(field.merges for field in fields.values()):
        return (await session.scalars(page)).all(), False
    found = (await session.execute(page.add_columns(aliases.SOME))).all()
    return [row[0] for row in found], any(row[1] for row in found[:1])


async def _count(session: AsyncSession, filtered: Select[Any]) -> int:
    counted = select(func.count()).select_from(filtered.order_by(None).subquery())
    return int(await session.scalar(counted) or 0)


def _limit(own: dict[str, str], errors: list[FieldError]) -> int:
    value = own.get("limit", str(DEFAULT_LIMIT))
    if value.isascii() and value.isdigit() and 1 <= int(value[:9]) <= MAX_LIMIT:
        return int(value[:9])
    errors.append(FieldError("/query/limit", "invalid-limit", f"From 1 to {MAX_LIMIT}."))
    return DEFAULT_LIMIT


def _total(own: dict[str, str], errors: list[FieldError]) -> bool:
    value = own.get("total", "false").lower()
    if value not in ("true", "false", "1", "0"):
        errors.append(FieldError("/query/total", "invalid-value", "Must be true or false."))
    return value in ("true", "1")
