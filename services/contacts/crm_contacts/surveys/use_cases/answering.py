"""Asking a person, and taking his answer."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import timedelta
from typing import Any
from uuid import UUID
from zoneinfo import ZoneInfo

from sqlalchemy.ext.asyncio import AsyncSession

from crm_contacts.cases.errors import NotToBeAskedError
from crm_contacts.cases.use_cases.feedback import (
    answered_by_survey,
    asked_by_survey,
    follow_up,
)
from crm_contacts.contacts.models import Contact
from crm_contacts.events.surveys import (
    SurveyInvitationAnswered,
    SurveyInvitationCreated,
    SurveyInvitationFacts,
)
from crm_contacts.surveys import queries
from crm_contacts.surveys.errors import SurveyClosedError
from crm_contacts.surveys.models import Survey, SurveyInvitation
from crm_contacts.surveys.rules.asking import Answered, read_answers, score_of
from crm_shared.clock import utc_now
from crm_shared.db import aliases
from crm_shared.events import outbox
from crm_shared.ids import new_id
from crm_shared.links import read_link

PURPOSE = "survey"
# what counts among a client's scores; a form's score is of its own making
SCORED = ("csat", "nps")
# the terms of the letter, kept where it was written about something
ABOUT = ("deal_id", "case_id")


@dataclass(frozen=True)
class Open:
    """An invitation with its survey, and whether it can still be answered."""

    survey: Survey
    invitation: SurveyInvitation

    @property
    def is_over(self) -> bool:
        # a survey that was put away lets those answer who were asked before
        closed = not self.survey.is_active and self.survey.deleted_at is None
        return closed or self.invitation.expires_at <= utc_now()


async def invite(
    session: AsyncSession,
    survey: Survey,
    contact: Contact,
    about: Mapping[str, UUID | None],
) -> SurveyInvitation:
    """Ask a person by hand; whose client he is may read the answer."""
    if not survey.is_active:
        raise SurveyClosedError
    if contact.restricted_at is not None:
        raise NotToBeAskedError
    return await _ask(session, survey, contact, about, new_id())


async def _ask(
    session: AsyncSession,
    survey: Survey,
    contact: Contact,
    about: Mapping[str, UUID | None],
    invitation_id: UUID,
) -> SurveyInvitation:
    invitation = SurveyInvitation(
        id=invitation_id,
        survey_id=survey.id,
        contact_id=contact.id,
        company_id=contact.company_id,
        owner_id=contact.owner_id,
        team_id=contact.team_id,
        expires_at=(utc_now() + timedelta(days=survey.open_days)).replace(microsecond=0),
        answers={},
        words={},
        **{name: about.get(name) for name in ABOUT},
    )
    session.add(invitation)
    facts = _facts(survey, invitation)
    event = SurveyInvitationCreated(survey_invitation=facts, changed=[], previous={})
    await outbox.record(session, invitation, event)
    if survey.kind in SCORED and survey.score_key is not None:
        await asked_by_survey(session, invitation, survey.kind, at=utc_now())
    return invitation


async def invite_by_letter(
    session: AsyncSession,
    letter_id: UUID,
    survey_id: UUID,
    contact_id: UUID,
    about: Mapping[str, UUID | None],
) -> None:
    """Ask the person a letter went to, once; a survey or person that has gone is not asked for."""
    # the letter is told of as sent and as delivered: the first of the two invites
    if await queries.find_invitation(session, letter_id) is not None:
        return
    survey = await queries.find_survey(session, survey_id)
    # a letter may have gone out to somebody who is merged since
    contact = await session.get(Contact, await aliases.survivor_of(session, contact_id))
    if survey is None or contact is None or contact.erased_at is not None:
        return
    await _ask(session, survey, contact, about, letter_id)


async def find_open(session: AsyncSession, token: str, *, key: str, hold: bool) -> Open | None:
    """Return what a link is for; None: it is none of ours, or its letter is not known yet."""
    invitation_id = read_link(key, PURPOSE, token, now=utc_now())
    if invitation_id is None:
        return None
    find = queries.hold_invitation if hold else queries.find_invitation
    invitation = await find(session, invitation_id)
    survey = None
    # nothing new is kept of somebody who was erased
    if invitation is not None and not await queries.is_erased(session, invitation.contact_id):
        survey = await queries.find_survey(session, invitation.survey_id)
    return None if invitation is None or survey is None else Open(survey, invitation)


async def answer(
    session: AsyncSession, found: Open, said: Mapping[str, Sequence[str]], *, zone: ZoneInfo
) -> Answered:
    """Take an answer; until the end of the invitation another one takes its place.

    A low score makes a task, once, for whoever looks after the client.
    """
    survey, invitation = found.survey, found.invitation
    read = read_answers(survey.questions, said)
    # nothing is half-taken: the page shows what he wrote, with the faults beside it
    if read.faults:
        return read
    # before the new answer: a low score that stays low is one task
    was_low = _is_low(survey, invitation)
    invitation.answers, invitation.words = read.answers, read.words
    invitation.score = score_of(survey.score_key, read.answers)
    invitation.answered_at = invitation.answered_at or utc_now()
    changes = outbox.changes_of(invitation, SurveyInvitationFacts)
    if changes:
        event = SurveyInvitationAnswered(
            survey_invitation=_facts(survey, invitation),
            # that words were written is told, what they say is not
            changed=changes.changed,
            previous=changes.previous,
        )
        await outbox.record(session, invitation, event)
    if survey.kind in SCORED and invitation.score is not None:
        await answered_by_survey(session, invitation, survey.kind, int(invitation.score))
    if _is_low(survey, invitation) and not was_low and invitation.score is not None:
        await follow_up(session, invitation, int(invitation.score), _most(survey), zone)
    return read


def _is_low(survey: Survey, invitation: SurveyInvitation) -> bool:
    low, score = survey.low_score, invitation.score
    return low is not None and score is not None and score <= low


def _most(survey: Survey) -> int:
    scored = next(one for one in survey.questions if one["key"] == survey.score_key)
    most: int = scored["to"]
    return most


def _facts(survey: Survey, invitation: SurveyInvitation) -> SurveyInvitationFacts:
    told: dict[str, Any] = {
        name: getattr(invitation, name)
        for name in SurveyInvitationFacts.model_fields
        if name != "kind"
    }
    return SurveyInvitationFacts.model_validate({**told, "kind": survey.kind})
