"""`/v1/<noun>/views`: saved views, one's own and those that are shared."""

from dataclasses import replace
from typing import Annotated, Any
from uuid import UUID

from fastapi import APIRouter, Depends, Response, status
from sqlalchemy.ext.asyncio import AsyncSession

from crm_shared.actor import Access, Actor, Permission
from crm_shared.events.outbox import ChangedMeanwhileError
from crm_shared.filters import Field, Fields
from crm_shared.http.auth import require
from crm_shared.http.etag import IfMatch, tag
from crm_shared.http.pagination import Listing, ListQuery, Page, list_page, listing
from crm_shared.http.problems import responses
from crm_shared.http.routing import service_router
from crm_shared.http.session import ReadSessionDep, SessionDep
from crm_shared.nouns.errors import (
    NotYourTeamError,
    NotYourViewError,
    ViewExistsError,
    ViewNotFoundError,
)
from crm_shared.nouns.schemas import (
    DefaultViewIn,
    DefaultViewOut,
    ViewChangeIn,
    ViewIn,
    ViewOut,
)
from crm_shared.nouns.views import Views

CHANGE_REFUSALS = (
    ViewNotFoundError,
    NotYourViewError,
    NotYourTeamError,
    ViewExistsError,
    ChangedMeanwhileError,
)


def router(path: str, verbs: Views, read: Permission, noun: str) -> APIRouter:
    """Return the routes of one noun's views: whoever may read the noun may save what he reads."""
    made = service_router(prefix=f"{path}/views", tags=["views"])
    _hang_default(made, verbs, read, noun)
    _hang_reading(made, verbs, read, noun)
    _hang_writing(made, verbs, read, noun)
    _hang_deleting(made, verbs, read, noun)
    return made


async def _shown(verbs: Views, session: AsyncSession, actor: Actor, view: Any) -> dict[str, Any]:
    return {
        **{name: getattr(view, name) for name in ViewOut.model_fields if hasattr(view, name)},
        "faults": await verbs.faults(session, view),
        "is_default": await verbs.default_id(session, actor) == view.id,
    }


def _listing(verbs: Views) -> Listing:
    model = verbs.shelf.model
    fields = Fields(
        {
            "id": Field(UUID, model.id),
            "name": Field(str, model.name),
            "owner_id": Field(UUID, model.owner_id),
            "sharing": Field(str, model.sharing),
            "team_id": Field(UUID, model.team_id),
        }
    )
    return listing(fields, sort=("name",), default="name")


def _hang_default(made: APIRouter, verbs: Views, read: Permission, noun: str) -> None:
    @made.put(
        "/default",
        responses=responses(ViewNotFoundError),
        name=f"choose_default_{noun}_view",
    )
    async def choose_default_view(
        body: DefaultViewIn, access: Annotated[Access, require(read)], session: SessionDep
    ) -> DefaultViewOut:
        """Say which view one takes by default: `?view=default`."""
        await verbs.choose(session, access.actor, body.view_id)
        return DefaultViewOut(view_id=body.view_id)

    @made.get("/default", name=f"get_default_{noun}_view")
    async def get_default_view(
        access: Annotated[Access, require(read)], session: ReadSessionDep
    ) -> DefaultViewOut:
        """Read which view one takes by default."""
        return DefaultViewOut(view_id=await verbs.default_id(session, access.actor))


def _hang_reading(made: APIRouter, verbs: Views, read: Permission, noun: str) -> None:
    listed = _listing(verbs)

    @made.get("", response_model=Page[ViewOut], name=f"list_{noun}_views")
    async def list_views(
        access: Annotated[Access, require(read)],
        session: ReadSessionDep,
        query: Annotated[ListQuery, Depends(listed)],
    ) -> Any:
        """List one's own views and those that are shared; a broken one says why."""
        page = await list_page(session, verbs.shelf.visible(access.actor, verbs.noun), query)
        items = [await _shown(verbs, session, access.actor, view) for view in page.items]
        return replace(page, items=items)

    @made.get(
        "/{view_id}",
        response_model=ViewOut,
        responses=responses(ViewNotFoundError),
        name=f"get_{noun}_view",
    )
    async def get_view(
        view_id: UUID,
        access: Annotated[Access, require(read)],
        session: ReadSessionDep,
        response: Response,
    ) -> Any:
        """Read one view."""
        view = await verbs.get(session, access.actor, view_id)
        tag(response, view)
        return await _shown(verbs, session, access.actor, view)


def _hang_writing(made: APIRouter, verbs: Views, read: Permission, noun: str) -> None:
    @made.post(
        "",
        response_model=ViewOut,
        status_code=status.HTTP_201_CREATED,
        responses=responses(NotYourTeamError, ViewExistsError),
        name=f"create_{noun}_view",
    )
    async def create_view(
        body: ViewIn,
        access: Annotated[Access, require(read)],
        session: SessionDep,
        response: Response,
    ) -> Any:
        """Save a view: a filter, columns, an order; what it names must be there."""
        values = body.model_dump(exclude_unset=True)
        view = await verbs.create(session, access.actor, values)
        tag(response, view)
        return await _shown(verbs, session, access.actor, view)

    @made.patch(
        "/{view_id}",
        response_model=ViewOut,
        responses=responses(*CHANGE_REFUSALS),
        name=f"update_{noun}_view",
    )
    async def update_view(
        view_id: UUID,
        body: ViewChangeIn,
        expected: IfMatch,
        access: Annotated[Access, require(read)],
        session: SessionDep,
        response: Response,
    ) -> Any:
        """Change a view; only its owner or an administrator does."""
        view = await verbs.get(session, access.actor, view_id)
        values = body.model_dump(exclude_unset=True)
        await verbs.update(session, access.actor, view, values, expected=expected)
        tag(response, view)
        return await _shown(verbs, session, access.actor, view)


def _hang_deleting(made: APIRouter, verbs: Views, read: Permission, noun: str) -> None:
    @made.delete(
        "/{view_id}",
        status_code=status.HTTP_204_NO_CONTENT,
        responses=responses(ViewNotFoundError, NotYourViewError, ChangedMeanwhileError),
        name=f"delete_{noun}_view",
    )
    async def delete_view(
        view_id: UUID,
        expected: IfMatch,
        access: Annotated[Access, require(read)],
        session: SessionDep,
    ) -> None:
        """Put a view away, for everybody it was shared with."""
        view = await verbs.get(session, access.actor, view_id)
        await verbs.delete(session, access.actor, view, expected=expected)
