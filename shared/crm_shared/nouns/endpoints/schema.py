"""`/v1/<noun>/schema`: the noun's fields as a machine reads them, by the caller's rights."""

from collections.abc import Mapping
from typing import TYPE_CHECKING, Annotated, Any

from fastapi import APIRouter

from crm_shared.actor import Access
from crm_shared.http.auth import require
from crm_shared.http.routing import service_router
from crm_shared.http.session import ReadSessionDep
from crm_shared.nouns.book import FieldBook
from crm_shared.nouns.description import describe

if TYPE_CHECKING:
    from crm_shared.nouns.room import Noun


def router(
    noun: "Noun", book: FieldBook | None, labels: Mapping[str, Mapping[str, str]], plural: str
) -> APIRouter:
    """Return the one route."""
    made = service_router(prefix=noun.path, tags=["schema"])

    @made.get("/schema", response_model=dict[str, Any], name=f"get_{plural}_schema")
    async def get_schema(
        access: Annotated[Access, require(noun.read)], session: ReadSessionDep
    ) -> Any:
        """Describe the noun's fields: JSON Schema with labels, operators and rights beside it."""
        known = {} if book is None else await book.reload(session, noun.name)
        return describe(noun, known, labels, access)

    return made
