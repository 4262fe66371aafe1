"""The route of the search."""

from collections.abc import Sequence
from typing import Annotated, Any

from fastapi import Query

from crm_contacts.folding.rules import search_words
from crm_contacts.permissions import READ_CASES, READ_COMPANIES, READ_CONTACTS, READ_LEADS
from crm_contacts.search import queries
from crm_contacts.search.errors import SHORTEST, QueryTooShortError
from crm_contacts.search.rules import found_by_name
from crm_contacts.search.schemas import HitsOut
from crm_shared.actor import Access
from crm_shared.http.auth import require
from crm_shared.http.hiding import hidden_of
from crm_shared.http.problems import responses
from crm_shared.http.routing import service_router
from crm_shared.http.session import SessionDep

router = service_router(prefix="/v1/search", tags=["search"])


@router.get("", response_model=HitsOut, responses=responses(QueryTooShortError))
async def search(
    q: Annotated[str, Query(min_length=1, max_length=200)],
    contacts: Annotated[Access, require(READ_CONTACTS)],
    companies: Annotated[Access, require(READ_COMPANIES)],
    leads: Annotated[Access, require(READ_LEADS)],
    cases: Annotated[Access, require(READ_CASES)],
    session: SessionDep,
    limit: Annotated[int, Query(ge=1, le=100)] = 20,
) -> dict[str, Any]:
    """Search persons, organisations and leads by name, address or number; cases by number, subject.

    Both alphabets; what is typed comes first, then what differs by a typo: those words are known
    half a second after a name was written.
    """
    words = search_words(q)
    if not any(len(word) >= SHORTEST for word in words):
        raise QueryTooShortError
    access = {"contact": contacts, "company": companies, "lead": leads, "case": cases}
    hits = await queries.search(session, words, access=access, limit=limit)
    return {"items": [hit for hit in hits if _may_be_found(hit, words)]}


def _may_be_found(hit: Any, words: Sequence[str]) -> bool:
    """Whoever may not see addresses or numbers does not find people by them either."""
    hidden = hidden_of(hit.kind)
    if hit.kind == "case":
        return hidden.isdisjoint({"number", "subject"})
    return hidden.isdisjoint({"emails", "phones"}) or found_by_name(hit.name, words)
