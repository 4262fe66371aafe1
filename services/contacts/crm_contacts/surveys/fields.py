"""What surveys and answers can be filtered and sorted by."""

from datetime import datetime
from decimal import Decimal
from uuid import UUID

from crm_contacts.surveys.models import Survey, SurveyInvitation
from crm_shared.filters import Field, Fields

SURVEY_FIELDS = Fields(
    {
        "id": Field(UUID, Survey.id),
        "name": Field(str, Survey.name),
        "kind": Field(str, Survey.kind),
        "is_active": Field(bool, Survey.is_active),
        "created_at": Field(datetime, Survey.created_at),
        "updated_at": Field(datetime, Survey.updated_at),
    }
)
INVITATION_FIELDS = Fields(
    {
        "id": Field(UUID, SurveyInvitation.id),
        "survey_id": Field(UUID, SurveyInvitation.survey_id),
        "contact_id": Field(UUID, SurveyInvitation.contact_id, merges=True),
        "company_id": Field(UUID, SurveyInvitation.company_id, merges=True),
        "deal_id": Field(UUID, SurveyInvitation.deal_id),
        "case_id": Field(UUID, SurveyInvitation.case_id),
        "owner_id": Field(UUID, SurveyInvitation.owner_id),
        "team_id": Field(UUID, SurveyInvitation.team_id),
        "score": Field(Decimal, SurveyInvitation.score),
        "answered_at": Field(datetime, SurveyInvitation.answered_at),
        "created_at": Field(datetime, SurveyInvitation.created_at),
    }
)
