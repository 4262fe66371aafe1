"""What lists of cases, queues and feedback can be filtered and sorted by."""

from datetime import datetime
from uuid import UUID

from sqlalchemy import and_, func, or_

from crm_contacts.cases.models import Case, CaseQueue, Feedback
from crm_contacts.cases.rules import WORKED_ON
from crm_contacts.customs.catalogue import BOOK, SHELF
from crm_shared.filters import Field, Fields
from crm_shared.nouns.columns import NO_TAGS
from crm_shared.nouns.listing import NounListing

# never null, so that `false` finds the others
IS_LATE = and_(
    Case.status.in_(sorted(WORKED_ON)),
    or_(
        and_(
            Case.first_responded_at.is_(None),
            func.coalesce(Case.first_response_due_at <= func.now(), False),
        ),
        func.coalesce(Case.solution_due_at <= func.now(), False),
    ),
)
FIELDS = Fields(
    {
        **{name: Field(UUID, getattr(Case, name)) for name in (
            "id", "deal_id", "queue_id", "owner_id", "team_id", "solved_by_id", "merged_into_id",
            "escalated_to_id",
        )},
        "contact_id": Field(UUID, Case.contact_id, merges=True),
        "company_id": Field(UUID, Case.company_id, merges=True),
        "tags": Field(list[str], Case.tags, guard=NO_TAGS),
        **{name: Field(str, getattr(Case, name)) for name in (
            "subject", "channel", "topic", "priority", "status", "outcome", "source_system",
            "external_id",
        )},
        **{name: Field(datetime, getattr(Case, name)) for name in (
            "first_responded_at", "first_response_due_at", "first_response_breached_at",
            "solution_due_at", "solution_breached_at", "waiting_since", "solved_at", "closed_at",
            "created_at", "updated_at",
        )},
        "number": Field(int, Case.number),
        "reopened_count": Field(int, Case.reopened_count),
        "is_late": Field(bool, IS_LATE),
    }
)  # fmt: skip
SORT = ("created_at", "updated_at", "number", "solution_due_at", "first_response_due_at")
LISTING = NounListing(
    FIELDS,
    sort=SORT,
    default="-created_at",
    noun="case",
    model=Case,
    book=BOOK,
    shelf=SHELF,
)
QUEUE_FIELDS = Fields(
    {
        "id": Field(UUID, CaseQueue.id),
        "name": Field(str, CaseQueue.name),
        "team_id": Field(UUID, CaseQueue.team_id),
        "is_active": Field(bool, CaseQueue.is_active),
        "created_at": Field(datetime, CaseQueue.created_at),
    }
)
FEEDBACK_FIELDS = Fields(
    {
        **{name: Field(UUID, getattr(Feedback, name)) for name in (
            "id", "case_id", "deal_id", "owner_id", "team_id",
        )},
        "contact_id": Field(UUID, Feedback.contact_id, merges=True),
        "company_id": Field(UUID, Feedback.company_id, merges=True),
        "scale": Field(str, Feedback.scale),
        "score": Field(int, Feedback.score),
        "submitted_at": Field(datetime, Feedback.submitted_at),
        "created_at": Field(datetime, Feedback.created_at),
    }
)  # fmt: skip
