"""What is said of a case when it changes, and the terms that count for it."""

from collections.abc import Mapping
from typing import Any, TypeVar
from uuid import UUID
from zoneinfo import ZoneInfo

from sqlalchemy.ext.asyncio import AsyncSession

from crm_contacts.cases import queries
from crm_contacts.cases.models import Case
from crm_contacts.cases.rules import CaseTerms
from crm_contacts.events import CaseFacts
from crm_contacts.events.cases import CaseEvent
from crm_contacts.versions.use_cases import changes_told
from crm_contacts.workspace.queries import working_calendar

EventT = TypeVar("EventT", bound=CaseEvent)
# what follows from other fields is not told as a change of its own
BOOKKEEPING = frozenset({"next_alarm_at", "first_response_warn_at", "solution_warn_at"})


def facts_of(case: Case) -> CaseFacts:
    """Return what everyone may know of a case now."""
    return CaseFacts.model_validate(case)


def changes_of(case: Case) -> tuple[list[str], dict[str, Any]]:
    """Return the names of changed fields, and old values of those that events tell."""
    changes = changes_told(case, CaseFacts)
    return [name for name in changes.changed if name not in BOOKKEEPING], changes.previous


def said(kind: type[EventT], case: Case, **beside: Any) -> EventT:
    """Name what happened to a case, with everything that changed by it."""
    changed, previous = changes_of(case)
    return kind(case=facts_of(case), changed=changed, previous=previous, **beside)


async def terms_of(session: AsyncSession, queue_id: UUID | None, zone: ZoneInfo) -> CaseTerms:
    """Return the calendar and the limits of a queue; a case without a queue has no limits."""
    queue = None if queue_id is None else await queries.find_queue(session, queue_id)
    limits: Mapping[str, Mapping[str, Any]] = {} if queue is None else queue.limits
    return CaseTerms(await working_calendar(session, zone), limits)
