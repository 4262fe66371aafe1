"""Asking customers how content they are, and what follows when they are not."""

from datetime import datetime, timedelta
from typing import Any, Protocol
from uuid import UUID, uuid5
from zoneinfo import ZoneInfo

from sqlalchemy.ext.asyncio import AsyncSession

from crm_contacts.cases import queries
from crm_contacts.cases.errors import CaseMoveError, FeedbackRefusedError, NotToBeAskedError
from crm_contacts.cases.models import Case, Feedback
from crm_contacts.cases.rules import DONE
from crm_contacts.cases.use_cases.announcements import terms_of
from crm_contacts.companies.models import Company
from crm_contacts.contacts.models import Contact
from crm_contacts.events import (
    FeedbackAnswered,
    FeedbackAsked,
    FeedbackFacts,
    FeedbackRequested,
    FeedbackSubmitted,
)
from crm_contacts.events.cases import ClientFeedbackFacts
from crm_contacts.tasks.models import TaskPriority
from crm_contacts.tasks.use_cases import created, new_task
from crm_contacts.versions.use_cases import announce, changes_told
from crm_shared.clock import utc_now
from crm_shared.events import outbox
from crm_shared.ids import new_id
from crm_shared.links import read_link

PURPOSE = "case-feedback"
CSAT = "csat"
LOW, MOST = 2, 5
# a slip or a second thought; later the score is part of figures that were shown
CHANGEABLE = timedelta(hours=24)
# of working time: the same day while somebody remembers what went wrong
FOLLOW_UP = timedelta(hours=4)
TITLES = {
    "en": "The customer is not content: {score} of {most}",
    "uk": "Клієнт незадоволений: {score} з {most}",
    "ru": "Клиент недоволен: {score} из {most}",
}


class Asked(Protocol):
    """Who was asked by a survey, about what, and whose client he is."""

    id: Any
    case_id: Any
    deal_id: Any
    contact_id: Any
    company_id: Any
    owner_id: Any
    team_id: Any


async def ask_for_feedback(session: AsyncSession, case: Case) -> Feedback:
    """Ask the customer of a finished case once; asking again returns the same question."""
    if case.status not in DONE:
        raise CaseMoveError(case.status, "judged")
    feedback = await queries.feedback_of(session, case.id)
    if feedback is not None:
        return feedback
    if await queries.is_restricted(session, case.contact_id):
        raise NotToBeAskedError
    copied = {
        name: getattr(case, name) for name in ("contact_id", "company_id", "owner_id", "team_id")
    }
    feedback = Feedback(id=new_id(), created_at=utc_now(), case_id=case.id, scale=CSAT, **copied)
    session.add(feedback)
    event = FeedbackRequested(feedback=_facts(feedback), changed=[], previous={})
    await announce(session, feedback, event)
    return feedback


async def ask_client(
    session: AsyncSession, client: Contact | Company, *, deal_id: UUID | None
) -> Feedback:
    """Ask a client how content he is: once about a deal, and in general when he answered before."""
    if isinstance(client, Contact) and client.restricted_at is not None:
        raise NotToBeAskedError
    # two who ask at once wait for each other here: the second one finds the first one's question
    await session.refresh(client, ["revision"], with_for_update={"key_share": True})
    is_person = isinstance(client, Contact)
    about: dict[str, UUID | None] = {"contact_id": client.id, "deal_id": deal_id}
    if not is_person:
        # questions to its people name the company too
        about = {"contact_id": None, "company_id": client.id, "deal_id": deal_id}
    feedback = await queries.asked_before(session, about)
    if feedback is not None and (deal_id is not None or feedback.score is None):
        return feedback
    if isinstance(client, Contact):
        about["company_id"] = client.company_id
    whose = {"owner_id": client.owner_id, "team_id": client.team_id}
    feedback = Feedback(id=new_id(), created_at=utc_now(), scale=CSAT, **about, **whose)
    session.add(feedback)
    event = FeedbackAsked(feedback=_client_facts(feedback), changed=[], previous={})
    await announce(session, feedback, event)
    return feedback


async def asked_by_survey(
    session: AsyncSession, invitation: Asked, scale: str, *, at: datetime
) -> Feedback:
    """Put what a survey asks for among the client's scores: one list, whoever asked."""
    feedback_id = uuid5(invitation.id, PURPOSE)
    feedback = await queries.hold_feedback(session, feedback_id)
    if feedback is not None:
        return feedback
    case_id = invitation.case_id
    # a case is judged once, from 1 to 5; whatever else asks about it asks the client in general
    if scale != CSAT or (case_id and await queries.feedback_of(session, case_id)):
        case_id = None
    copied = ("deal_id", "contact_id", "company_id", "owner_id", "team_id")
    feedback = Feedback(id=feedback_id, created_at=at, case_id=case_id, scale=scale)
    for name in copied:
        setattr(feedback, name, getattr(invitation, name))
    session.add(feedback)
    if case_id is None:
        asked = FeedbackAsked(feedback=_client_facts(feedback), changed=[], previous={})
        await announce(session, feedback, asked)
    else:
        event = FeedbackRequested(feedback=_facts(feedback), changed=[], previous={})
        await announce(session, feedback, event)
    return feedback


async def answered_by_survey(
    session: AsyncSession, invitation: Asked, scale: str, score: int
) -> None:
    """Take the score of a survey's answer; after 24 hours the one that was counted stands."""
    now = utc_now()
    feedback = await asked_by_survey(session, invitation, scale, at=now)
    if _stands(feedback, now):
        return
    feedback.score = score
    feedback.submitted_at = feedback.submitted_at or now
    await _announce_answer(session, feedback)


async def submit_feedback(
    session: AsyncSession, token: str, score: int, text: str | None, *, key: str, zone: ZoneInfo
) -> None:
    """Take an answer from 1 to 5; within 24 hours another one takes its place, then it stands.

    A score of 1 or 2 makes a task, once, for whoever looks after the customer.
    """
    now = utc_now()
    feedback_id: UUID | None = read_link(key, PURPOSE, token, now=now)
    feedback = None
    if feedback_id is not None:
        feedback = await queries.hold_feedback(session, feedback_id)
    if feedback is None or _stands(feedback, now):
        raise FeedbackRefusedError
    # a 1 that becomes a 2 is still the same unhappy customer: one task
    was_low = feedback.score is not None and feedback.score <= LOW
    feedback.score, feedback.text = score, text
    feedback.submitted_at = feedback.submitted_at or now
    await _announce_answer(session, feedback)
    if score <= LOW and not was_low:
        await follow_up(session, feedback, score, MOST, zone)


async def _announce_answer(session: AsyncSession, feedback: Feedback) -> None:
    # readers of the older event rely on its case, so what has none is told by an event of its own
    changes = changes_told(feedback, FeedbackFacts if feedback.case_id else ClientFeedbackFacts)
    if not changes:
        return
    told: dict[str, Any] = {"changed": changes.changed, "previous": changes.previous}
    if feedback.case_id is not None:
        await announce(session, feedback, FeedbackSubmitted(feedback=_facts(feedback), **told))
        return
    answered = FeedbackAnswered(feedback=_client_facts(feedback), **told)
    await announce(session, feedback, answered)


def _stands(feedback: Feedback, now: datetime) -> bool:
    return feedback.submitted_at is not None and now - feedback.submitted_at > CHANGEABLE


class Judged(Protocol):
    """Whose client was not content, and who looks after him."""

    owner_id: Any
    team_id: Any
    contact_id: Any
    company_id: Any


async def follow_up(
    session: AsyncSession, judged: Judged, score: int, most: int, zone: ZoneInfo
) -> None:
    """Give a task to whoever looks after a client who is not content, else to the head."""
    # an owner who left would never see it: then the head of the team
    who = await queries.worker(session, judged.owner_id)
    who = who or await queries.head_of(session, judged.team_id)
    terms = await terms_of(session, None, zone)
    language = "en" if who is None else who.language
    task = new_task(
        {
            "title": TITLES.get(language, TITLES["en"]).format(score=score, most=most),
            "kind": "low_score",
            "priority": TaskPriority.HIGH,
            "assignee_id": None if who is None else who.id,
            "team_id": judged.team_id,
            "contact_id": judged.contact_id,
            "company_id": judged.company_id,
            "due_at": terms.due(utc_now(), FOLLOW_UP),
        }
    )
    session.add(task)
    await outbox.record(session, task, created(task))


def _client_facts(feedback: Feedback) -> ClientFeedbackFacts:
    return ClientFeedbackFacts.model_validate(feedback)


def _facts(feedback: Feedback) -> FeedbackFacts:
    return FeedbackFacts.model_validate(feedback)
