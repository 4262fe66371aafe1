"""Lists of a noun with all that belongs to it: custom fields and saved views."""

from collections.abc import Sequence
from dataclasses import replace
from typing import Any

from fastapi import Request
from pydantic import Field as BodyField
from sqlalchemy.ext.asyncio import AsyncSession

from crm_shared.actor import Actor
from crm_shared.filters import And, Fields, Tree
from crm_shared.http.exchange import exchange_of
from crm_shared.http.pagination import Listing, ListQuery, SearchIn
from crm_shared.nouns.book import FieldBook
from crm_shared.nouns.fields import PREFIX, sortable
from crm_shared.nouns.shelf import ViewShelf

VIEW = "view"
BROKEN = (b"crm-view", b"broken")
_PARAMETERS = (
    {
        "name": VIEW,
        "in": "query",
        "required": False,
        "description": "A saved view's id, or `default`: its filter too, and its order if no "
        "`sort` is given. `Crm-View: broken` says that a field of it is gone.",
        "schema": {"type": "string"},
    },
    {
        "name": "custom",
        "in": "query",
        "required": False,
        "style": "form",
        "explode": True,
        "description": "Custom fields as `custom.<key>[op]=value`; `/schema` lists them",
        "schema": {"type": "object", "additionalProperties": {"type": "string"}},
    },
)


class NounSearchIn(SearchIn):
    """A search over a noun: a filter tree, a saved view, or both."""

    view: str | None = BodyField(
        default=None, max_length=40, description="A saved view's id, or `default`"
    )


class NounListing(Listing):
    """A list whose filters also know the noun's custom fields, and which a view can shape.

    Definitions and views are read only when a request names one. `hidden` are fields that the list
    itself does not take, yet a view may ask for.
    """

    more_parameters = _PARAMETERS

    def __init__(
        self,
        fields: Fields,
        *,
        sort: Sequence[str],
        default: str,
        noun: str,
        model: type[Any] | None,
        book: FieldBook | None,
        shelf: ViewShelf,
        hidden: Fields | None = None,
    ) -> None:
        super().__init__(fields, sort=sort, default=default)
        self.noun = self.shows = noun
        self._model = model
        self._book = book
        self._shelf = shelf
        self._hidden = hidden or Fields()

    async def __call__(self, request: Request) -> ListQuery:
        params = request.query_params
        names = f"{params.get('sort', '')} {' '.join(params.keys())}"
        # nearly every list: definitions and views are not even looked at
        if PREFIX not in names and VIEW not in params:
            return self.read(request)
        exchange = exchange_of(request)
        # a read before the handler's own transaction: it must not begin that one early
        session = exchange.autocommit()
        whole = await self.whole(session)
        query = whole.read(request, beside=frozenset({VIEW}))
        if VIEW not in params or exchange.actor is None:
            return query
        query, is_broken = await self._through(
            session, whole, exchange.actor, query, params[VIEW], sort=params.get("sort")
        )
        # a field that is gone must not take the whole page with it; a client can still say so
        if is_broken:
            exchange.extra_headers.append(BROKEN)
        return query

    async def wanted(self, session: AsyncSession, actor: Actor, body: SearchIn) -> ListQuery:
        """Return what a search body wants, custom fields and view included."""
        view = getattr(body, "view", None)
        if view is None and PREFIX not in f"{body.filter} {body.sort}":
            return self.search(body)
        whole = await self.whole(session)
        query = whole.search(body)
        if view is None:
            return query
        query, _ = await self._through(session, whole, actor, query, view, sort=body.sort)
        return query

    async def whole(self, session: AsyncSession) -> Listing:
        """Return the list with the noun's custom fields as they are now."""
        if self._book is None:
            return self
        custom = await self._book.filters(session, self.noun, self._model)
        fields = Fields({**self.fields, **custom})
        whole = Listing(fields, sort=(*self.sortable, *sortable(custom)), default=self.default)
        whole.shows = self.shows
        return whole

    async def _through(
        self,
        session: AsyncSession,
        whole: Listing,
        actor: Actor,
        query: ListQuery,
        name: str,
        *,
        sort: str | None,
    ) -> tuple[ListQuery, bool]:
        fields = Fields({**self._hidden, **whole.fields})
        view = await self._shelf.find(session, actor, self.noun, name)
        if view is None:
            return query, False
        kept, faults = view.checked(fields, whole.sortable)
        # a view narrows what one asks for and never widens what one may see
        both: Tree = And((query.filter, kept.filter))
        order = query.sort if sort or kept.sort is None else whole.order(kept.sort)
        # otherwise a colleague's view would tell by order or filter what is hidden here
        whole.refuse_hidden(kept.filter, order if kept.sort else (), at="/view")
        return replace(query, fields=fields, filter=both, sort=order), bool(faults)
