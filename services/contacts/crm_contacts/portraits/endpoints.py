"""The route of portraits."""

from typing import Annotated, Any
from uuid import UUID

from crm_contacts.permissions import READ_SEGMENTS
from crm_contacts.portraits import queries
from crm_contacts.portraits.rules import FEWEST, MADE_OF, portrait_of
from crm_contacts.portraits.schemas import PortraitOut
from crm_contacts.segments.catalogue import KINDS
from crm_contacts.segments.errors import SegmentNotFoundError
from crm_contacts.segments.queries import get_segment
from crm_shared.actor import Access
from crm_shared.clock import utc_now
from crm_shared.http.auth import require
from crm_shared.http.hiding import hidden_of
from crm_shared.http.problems import responses
from crm_shared.http.routing import service_router
from crm_shared.http.session import ReadSessionDep
from crm_shared.policies import covers

router = service_router(prefix="/v1/segments", tags=["segments"])


@router.get(
    "/{segment_id}/portrait",
    response_model=PortraitOut,
    responses=responses(SegmentNotFoundError),
)
async def get_portrait(
    segment_id: UUID, access: Annotated[Access, require(READ_SEGMENTS)], session: ReadSessionDep
) -> dict[str, Any]:
    """Draw the portrait of a segment: what is oftener in it than among all clients one sees.

    Attributes that the caller's role may not see are left out.
    """
    segment = await get_segment(session, access, segment_id)
    kind = KINDS[segment.noun]
    fewest = FEWEST if segment.noun == "contact" else 1
    n, base_n = await queries.count_members(session, access, kind, segment)
    hidden = hidden_of(segment.noun)
    shown = [
        name
        for name in queries.ATTRIBUTES[segment.noun]
        if not covers(hidden, MADE_OF.get(name, name))
    ]
    counts = await queries.counts_of(session, access, kind, segment, shown)
    return {
        "segment_id": segment.id,
        "noun": segment.noun,
        "as_of": utc_now(),
        "n": n,
        "base_n": base_n,
        "fewest": fewest,
        "attributes": [portrait_of(name, counts[name], fewest=fewest) for name in shown],
    }
