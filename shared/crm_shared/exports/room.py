"""Routes of exports: made from a service's lists, so that no list is without one."""

import inspect
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Annotated, Any, Literal

from fastapi import APIRouter, Depends, Query, Request
from fastapi.responses import StreamingResponse
from pydantic import BaseModel

from crm_shared import context
from crm_shared.actor import Access, Permission, Scope
from crm_shared.db.engine import Sessions
from crm_shared.exports.columns import CUSTOM, CUSTOM_PREFIX, chosen, columns_of
from crm_shared.exports.streaming import Order, Walk
from crm_shared.exports.watching import (
    Export,
    ExportLimit,
    ExportTooOftenError,
    ExportWatch,
)
from crm_shared.http.auth import Requirement, require
from crm_shared.http.exchange import Exchange, exchange_of
from crm_shared.http.hiding import Reading, hidden_of, names_in
from crm_shared.http.pagination import Listing, ListQuery, Page
from crm_shared.http.problems import responses
from crm_shared.http.routing import CrmRoute, service_router
from crm_shared.http.veil import take_note
from crm_shared.ids import new_id
from crm_shared.nouns.listing import NounListing

WIDTH = (Scope.OWN, Scope.TEAM, Scope.ALL)
NEEDED = frozenset({"session", "query"})
MEDIA = {
    "csv": "text/csv; charset=utf-8",
    "xlsx": "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
}
_BINARY = {"schema": {"type": "string", "format": "binary"}}
_ANSWERS: dict[int | str, dict[str, Any]] = {
    200: {"content": {media.partition(";")[0]: _BINARY for media in MEDIA.values()}}
}


class ExportRoom:
    """Who may take lists out, and who looks on."""

    def __init__(self, permission: Permission, watch: ExportWatch) -> None:
        self.permission = permission
        self.watch = watch
        self._made: dict[tuple[int, tuple[object, ...]], APIRouter] = {}

    def router(self, routers: Iterable[APIRouter], *, per_hour: int) -> APIRouter:
        """Return an export beside every list of these routers; the same one for the same lists.

        One a process, as the limit is: reading their signatures takes as long as all else of a
        start.
        """
        routes = (route for router in routers for route in router.routes)
        lists = [
            one for route in routes if isinstance(route, CrmRoute) and (one := _list_of(route))
        ]
        key = per_hour, tuple(one.endpoint for one in lists)
        if key not in self._made:
            made = self._made[key] = service_router(tags=["exports"])
            limit = ExportLimit(per_hour)
            for one in lists:
                _hang(made, one, self.permission, limit, self.watch)
        return self._made[key]


@dataclass(frozen=True, slots=True)
class _List:
    """A list's route, as far as an export of it must know."""

    path: str
    name: str
    shown: type[BaseModel]
    listing: Listing
    permission: Permission
    endpoint: Any
    takes_access: bool


def _list_of(route: CrmRoute) -> _List | None:
    model = route.response_model
    # lists under a record belong to its page; taken out, they would lose whom they are about
    is_list = isinstance(model, type) and issubclass(model, Page)
    if "GET" not in (route.methods or ()) or "{" in route.path or not is_list:
        return None
    listings = [one.call for one in route.dependant.dependencies if isinstance(one.call, Listing)]
    rights = _rights(route)
    parameters = inspect.signature(route.endpoint).parameters.keys()
    if len(listings) != 1 or not rights or parameters - {"access"} != NEEDED:
        return None
    return _List(
        path=route.path,
        name="_".join(route.path.split("/")[2:]).replace("-", "_"),
        shown=model.__pydantic_generic_metadata__["args"][0],
        listing=listings[0],
        permission=rights[0],
        endpoint=route.endpoint,
        takes_access="access" in parameters,
    )


def _rights(route: CrmRoute) -> list[Permission]:
    found = [one.call for one in route.dependant.dependencies]
    return [one.permission for one in found if isinstance(one, Requirement)]


def _narrower(reading: Access, exporting: Access) -> Access:
    # who sees all and may take out his own takes out his own
    return Access(reading.actor, min(reading.scope, exporting.scope, key=WIDTH.index))


def _hang(
    router: APIRouter, of: _List, permission: Permission, limit: ExportLimit, watch: ExportWatch
) -> None:
    @router.get(
        f"{of.path}/export",
        name=f"export_{of.name}",
        response_class=StreamingResponse,
        responses={**responses(ExportTooOftenError), **_ANSWERS},
        description="Take a list out as a file: its filters, its order, within one's scope. "
        "It is noted who took what; a text that a spreadsheet would calculate begins with '.",
    )
    async def export(
        reading: Annotated[Access, require(of.permission)],
        exporting: Annotated[Access, require(permission)],
        query: Annotated[ListQuery, Depends(of.listing)],
        request: Request,
        format: Annotated[Literal["csv", "xlsx"], Query(description="Of the file")] = "csv",
        columns: Annotated[
            str | None, Query(max_length=4000, description="Names with commas; all when absent")
        ] = None,
        headings: Annotated[
            Literal["en", "uk", "ru"] | None,
            Query(description="In which language; the fields' own names when absent"),
        ] = None,
    ) -> StreamingResponse:
        exchange = exchange_of(request)
        access, sessions = _narrower(reading, exporting), exchange.resources.sessions
        custom = await _custom(of, sessions)
        wanted = chosen(columns_of(of.shown, custom), columns, hidden_of(of.listing.shows))
        names = tuple(column.name for column in wanted)
        told = Export(new_id(), access.actor, of.name, format, names, filtered_by(query))
        limit.take(access.actor.id)
        order = Order(told, wanted, headings, exchange.resources.settings.zone)
        walk = _walk(of, access, query, exchange)
        try:
            await _note(of.listing.shows, told, exchange)
            await watch.begins(sessions, told)
        except BaseException:
            limit.give_back(access.actor.id)
            raise
        return StreamingResponse(
            order.stream(walk, limit, watch),
            media_type=MEDIA[format],
            headers={"Content-Disposition": f'attachment; filename="{of.name}.{format}"'},
        )


def _walk(of: _List, access: Access, query: ListQuery, exchange: Exchange) -> Walk:
    return Walk(
        of.endpoint,
        of.shown,
        access if of.takes_access else None,
        query,
        exchange.resources.sessions,
        context.current().hidden,
        exchange.resources.shown.shape(of.shown),
    )


async def _custom(of: _List, sessions: Sessions) -> list[str]:
    """Return the custom fields that the noun has now."""
    if CUSTOM not in of.shown.model_fields or not isinstance(of.listing, NounListing):
        return []
    async with sessions() as session:
        fields = (await of.listing.whole(session)).fields
    return [name for name in fields if name.startswith(CUSTOM_PREFIX)]


def filtered_by(query: ListQuery) -> tuple[str, ...]:
    """Return the names of fields that a query filters by, without what it asks of them."""
    return tuple(sorted(names_in(query.filter)))


async def _note(noun: str | None, told: Export, exchange: Exchange) -> None:
    """Note that watched fields of many records leave; how many, the export's end tells."""
    watched = exchange.resources.policies.watched.get(noun or "", frozenset())
    taken = tuple(name for name in told.columns if name in watched)
    if noun and taken:
        await take_note(exchange, [Reading(noun, taken, 0, ())])
