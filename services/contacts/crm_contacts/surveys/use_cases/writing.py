"""Writing surveys."""

from collections.abc import Mapping
from typing import Any

from sqlalchemy.ext.asyncio import AsyncSession

from crm_contacts.events.surveys import SurveyCreated, SurveyDeleted, SurveyFacts, SurveyUpdated
from crm_contacts.surveys import queries
from crm_contacts.surveys.errors import SurveyInUseError, SurveyInvalidError
from crm_contacts.surveys.models import Survey
from crm_contacts.surveys.rules.asking import faults_of, shape_of
from crm_shared.clock import utc_now
from crm_shared.events import outbox
from crm_shared.ids import new_id

CHECKED = ("kind", "titles", "questions", "score_key", "low_score")


async def create_survey(session: AsyncSession, values: Mapping[str, Any]) -> Survey:
    """Write a survey and announce it."""
    survey = Survey(id=new_id(), **values)
    _check(survey)
    session.add(survey)
    await outbox.record(session, survey, SurveyCreated(**_said(survey)))
    return survey


async def change_survey(session: AsyncSession, survey: Survey, values: Mapping[str, Any]) -> Survey:
    """Change a survey; once somebody was asked, what was asked stays and only words change."""
    before = (shape_of(survey.questions), survey.score_key)
    for name, value in values.items():
        setattr(survey, name, value)
    _check(survey)
    is_another = before != (shape_of(survey.questions), survey.score_key)
    if is_another and await queries.is_in_use(session, survey.id):
        raise SurveyInUseError
    changes = outbox.changes_of(survey, SurveyFacts)
    if changes:
        told = {"changed": changes.changed, "previous": changes.previous}
        await outbox.record(session, survey, SurveyUpdated(**_said(survey, **told)))
    return survey


async def delete_survey(session: AsyncSession, survey: Survey) -> None:
    """Put a survey away; whoever was asked may still answer."""
    survey.deleted_at, survey.is_active = utc_now(), False
    told = {"changed": ["deleted_at", "is_active"], "previous": {"is_active": True}}
    await outbox.record(session, survey, SurveyDeleted(**_said(survey, **told)))


def _check(survey: Survey) -> None:
    if faults := faults_of({name: getattr(survey, name) for name in CHECKED}):
        raise SurveyInvalidError(faults)


def _said(survey: Survey, **more: Any) -> dict[str, Any]:
    copied = ("kind", "score_key", "low_score", "open_days", "is_active")
    facts = SurveyFacts.model_validate(
        {
            **{name: getattr(survey, name) for name in copied},
            "languages": sorted(survey.titles),
            "questions": len(survey.questions),
        }
    )
    return {"changed": [], "previous": {}, **more, "survey": facts}
