"""What every route of cases needs."""

from typing import Annotated
from uuid import UUID

from fastapi import Depends

from crm_contacts.cases import queries
from crm_contacts.cases.models import Case
from crm_contacts.permissions import READ_CASES, WRITE_CASES
from crm_shared.actor import Access
from crm_shared.http.auth import require
from crm_shared.http.etag import IfMatch, check_revision
from crm_shared.http.session import SessionDep

Reader = Annotated[Access, require(READ_CASES)]
Writer = Annotated[Access, require(WRITE_CASES)]


async def _wanted(case_id: UUID, expected: IfMatch, access: Writer, session: SessionDep) -> Case:
    case = await queries.get_case(session, access, case_id)
    check_revision(case, expected)
    return case


# the case of the path, within the writer's scope and at the revision that he has read
WantedCase = Annotated[Case, Depends(_wanted)]
