"""`/v1/<noun>/tags`: the tags in use, and changes of one record's, of many, and of a tag itself."""

from typing import TYPE_CHECKING, Annotated, Any
from uuid import UUID

from fastapi import APIRouter, Query, Response

from crm_shared.actor import Access, Permission
from crm_shared.errors import NotFoundError
from crm_shared.http.auth import require
from crm_shared.http.etag import tag as etag
from crm_shared.http.hiding import FieldHiddenError, hidden_of
from crm_shared.http.problems import responses
from crm_shared.http.routing import service_router
from crm_shared.http.session import ReadSessionDep, SessionDep
from crm_shared.nouns.errors import TooManyTagsError
from crm_shared.nouns.listing import NounSearchIn
from crm_shared.nouns.schemas import (
    ManyTagsIn,
    RenameTagIn,
    TagListOut,
    TagResultOut,
    TagsIn,
    TagsOut,
)
from crm_shared.nouns.tags import TagChange, Tagging
from crm_shared.policies import covers

if TYPE_CHECKING:
    from crm_shared.nouns.room import Noun

MOST_LISTED = 500
TAGS = "tags"


class TaggedNotFoundError(NotFoundError):
    """There is no such record within one's scope."""

    problem = "record-not-found"

    def __init__(self, noun: str, record_id: UUID) -> None:
        super().__init__(f"There is no {noun} {record_id}.", record_id=str(record_id))


def router(noun: "Noun", verbs: Tagging, configure: Permission) -> APIRouter:
    """Return the routes of one noun's tags."""
    made = service_router(prefix=noun.path, tags=["tags"])
    _hang_list(made, noun, verbs)
    _hang_one(made, noun, verbs)
    _hang_many(made, noun, verbs, configure)
    return made


def _change(noun: "Noun", body: TagsIn) -> TagChange:
    _refuse_hidden(noun)
    return TagChange(tuple(body.add), tuple(body.remove))


def _refuse_hidden(noun: "Noun") -> None:
    """Whoever may not see tags neither counts nor sets them."""
    if covers(hidden_of(noun.name), TAGS):
        raise FieldHiddenError(f"/{TAGS}")


def _hang_list(made: APIRouter, noun: "Noun", verbs: Tagging) -> None:
    @made.get("/tags", response_model=TagListOut, name=f"list_{noun.name}_tags")
    async def list_tags(
        access: Annotated[Access, require(noun.read)],
        session: ReadSessionDep,
        q: Annotated[str | None, Query(max_length=60, description="How they begin")] = None,
        limit: Annotated[int, Query(ge=1, le=MOST_LISTED)] = 100,
    ) -> Any:
        """List the tags in use and how many records within one's scope have each."""
        _refuse_hidden(noun)
        found = await verbs.counted(session, noun.visible(access), prefix=q, most=limit)
        return {"items": found}


def _hang_one(made: APIRouter, noun: "Noun", verbs: Tagging) -> None:
    @made.post(
        "/{record_id}/tags",
        response_model=TagsOut,
        responses=responses(TaggedNotFoundError, TooManyTagsError),
        name=f"tag_{noun.name}",
    )
    async def tag_one(
        record_id: UUID,
        body: TagsIn,
        access: Annotated[Access, require(noun.write)],
        session: SessionDep,
        response: Response,
    ) -> Any:
        """Put tags on a record and take others off; what it has already is no change."""
        found = noun.visible(access).where(noun.model.id == record_id)
        row = await session.scalar(found.with_for_update())
        if row is None:
            raise TaggedNotFoundError(noun.name, record_id)
        await verbs.retag(session, row, _change(noun, body))
        etag(response, row)
        return row


def _hang_many(made: APIRouter, noun: "Noun", verbs: Tagging, configure: Permission) -> None:
    @made.post(
        "/tags",
        response_model=TagResultOut,
        responses=responses(TooManyTagsError),
        name=f"tag_{noun.name}_records",
    )
    async def tag_many(
        body: ManyTagsIn, access: Annotated[Access, require(noun.write)], session: SessionDep
    ) -> Any:
        """Put tags on up to 500 named records, or on what a filter finds: 1,000 a call.

        Each record's change is an event of its own, marked as bulk. Records that may not be
        changed now stay as they are and are not counted.
        """
        visible = noun.visible(access)
        if body.ids is not None:
            return await verbs.retag_some(session, visible, body.ids, _change(noun, body))
        search = NounSearchIn(filter=body.filter)
        query = await noun.listing.wanted(session, access.actor, search)
        return await verbs.retag_all(session, visible, query, _change(noun, body))

    @made.post(
        "/tags/rename",
        response_model=TagResultOut,
        dependencies=[require(configure)],
        name=f"rename_{noun.name}_tag",
    )
    async def rename_tag(body: RenameTagIn, session: SessionDep) -> Any:
        """Rename a tag everywhere; into one that is there already, it is a merge.

        Records that may not be changed now keep the old name: call it again later.
        """
        _refuse_hidden(noun)
        return await verbs.rename(session, body.old, body.new)
