"""What is said of surveys: numbers and codes of options, never what somebody wrote."""

from datetime import datetime
from decimal import Decimal
from typing import Any, Literal
from uuid import UUID

from crm_contacts.events.base import Facts
from crm_shared.events.envelope import Event


class SurveyFacts(Facts):
    """What everyone may know of a survey: how it asks, not what."""

    kind: Literal["csat", "nps", "form"]
    languages: list[str]
    questions: int
    score_key: str | None
    low_score: int | None
    open_days: int
    is_active: bool


class SurveyEvent(Event):
    """What every event of a survey has."""

    survey: SurveyFacts
    changed: list[str]
    previous: dict[str, Any]


class SurveyCreated(SurveyEvent, type="crm.contacts.survey.created.v1"):
    """A survey was written."""


class SurveyUpdated(SurveyEvent, type="crm.contacts.survey.updated.v1"):
    """A survey was changed, opened or closed."""


class SurveyDeleted(SurveyEvent, type="crm.contacts.survey.deleted.v1"):
    """A survey was put away."""


class SurveyInvitationFacts(Facts):
    """One person asked once: `score` on the scale of its kind (csat 1 to 5, nps 0 to 10).

    `answers` holds, by the question's key, the number of a scale or the codes of options.
    """

    survey_id: UUID
    kind: Literal["csat", "nps", "form"]
    contact_id: UUID
    company_id: UUID | None
    deal_id: UUID | None
    case_id: UUID | None
    owner_id: UUID | None
    team_id: UUID | None
    expires_at: datetime
    answered_at: datetime | None
    score: Decimal | None
    answers: dict[str, int | str | list[str]]


class SurveyInvitationEvent(Event):
    """What every event of an invitation has."""

    survey_invitation: SurveyInvitationFacts
    changed: list[str]
    previous: dict[str, Any]


class SurveyInvitationCreated(
    SurveyInvitationEvent, type="crm.contacts.survey_invitation.created.v1"
):
    """A person was asked: a letter with the link went out, or somebody gave it to him."""


class SurveyInvitationAnswered(
    SurveyInvitationEvent, type="crm.contacts.survey_invitation.answered.v1"
):
    """A person answered, or changed his answer; the last word counts until the link ends."""


__all__ = [
    "SurveyCreated",
    "SurveyDeleted",
    "SurveyFacts",
    "SurveyInvitationAnswered",
    "SurveyInvitationCreated",
    "SurveyInvitationFacts",
    "SurveyUpdated",
]
