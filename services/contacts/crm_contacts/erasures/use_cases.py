"""What can be done about an erasure: plan, confirm, withdraw, answer, complete, repeat."""

from collections.abc import Mapping
from typing import Any
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncSession

from crm_contacts.audit.statements import note
from crm_contacts.erasures import queries
from crm_contacts.erasures.errors import (
    ErasureNotPlannedError,
    LeadIsAContactError,
    OnePersonError,
)
from crm_contacts.erasures.models import Erasure, ErasureAnswer, ErasureState
from crm_contacts.events import (
    ErasureCompleted,
    ErasureConfirmed,
    ErasureFacts,
    ErasureRequested,
    ErasureWithdrawn,
)
from crm_contacts.persons.queries import (
    Person,
    get_person_contact,
    get_person_lead,
    person_of_contact,
    person_of_lead,
    rows_of,
)
from crm_contacts.persons.rules import counts
from crm_contacts.persons.use_cases import erase_person
from crm_shared.actor import Access
from crm_shared.clock import utc_now
from crm_shared.events import outbox
from crm_shared.ids import new_id

OWN = "contacts"
OTHERS = ("deals", "notifications", "reporting")


async def plan_erasure(
    session: AsyncSession, access: Access, *, contact_id: UUID | None, lead_id: UUID | None
) -> Erasure:
    """Ask to erase a person: nothing happens yet, every service says what it would empty."""
    if (contact_id is None) == (lead_id is None):
        raise OnePersonError
    if contact_id is not None:
        await get_person_contact(session, access, contact_id)
    if lead_id is not None:
        # one who became a client is erased as that client, with everything since
        lead = await get_person_lead(session, access, lead_id)
        if lead.contact_id is not None:
            raise LeadIsAContactError(lead.contact_id)
    erasure = Erasure(
        id=new_id(),
        contact_id=contact_id,
        lead_id=lead_id,
        state=ErasureState.PLANNED,
        requested_by=access.actor.id,
    )
    session.add(erasure)
    await outbox.record(session, erasure, ErasureRequested(**_told(erasure, [])))
    # counted now: whoever confirms should know how much he is about to lose
    planned = counts(await rows_of(session, await _person(session, erasure)))
    session.add(ErasureAnswer(erasure_id=erasure.id, service=OWN, planned=planned))
    # the others keep nothing of somebody who never became a client
    for service in OTHERS if contact_id is not None else ():
        session.add(ErasureAnswer(erasure_id=erasure.id, service=service))
    await session.flush()
    await note(session, "erasure-requested", subject=_subject(erasure))
    return erasure


async def confirm_erasure(session: AsyncSession, access: Access, erasure: Erasure) -> Erasure:
    """Erase here at once and let every other service know; there is no way back."""
    _check_planned(erasure)
    now = utc_now()
    erasure.state = ErasureState.RUNNING
    erasure.confirmed_by, erasure.confirmed_at = access.actor.id, now
    await outbox.record(session, erasure, ErasureConfirmed(**_told(erasure, ["state"])))
    # here at once and in one transaction; the others answer as the event reaches them
    emptied = await erase_person(session, await _person(session, erasure))
    await note(session, "person-erased", subject=_subject(erasure), details=emptied)
    await _answer(session, erasure, OWN, emptied)
    return erasure


async def withdraw_erasure(session: AsyncSession, erasure: Erasure) -> Erasure:
    """Take back a request that was not confirmed."""
    _check_planned(erasure)
    erasure.state = ErasureState.WITHDRAWN
    await outbox.record(session, erasure, ErasureWithdrawn(**_told(erasure, ["state"])))
    await note(session, "erasure-withdrawn", subject=_subject(erasure))
    return erasure


async def answer_erasure(
    session: AsyncSession, service: str, person_id: UUID, emptied: Mapping[str, Any]
) -> None:
    """Note that a service keeps nothing of a person; the last answer completes the request."""
    for erasure in await queries.running_for(session, [person_id]):
        await _answer(session, erasure, service, emptied)


async def _answer(
    session: AsyncSession, erasure: Erasure, service: str, emptied: Mapping[str, Any]
) -> None:
    answers = (await queries.answers_to(session, [erasure.id]))[erasure.id]
    for answer in answers:
        # told again after a restore: the first answer's date stands
        if answer.service == service and answer.answered_at is None:
            answer.emptied, answer.answered_at = dict(emptied), utc_now()
    await session.flush()
    if all(answer.answered_at is not None for answer in answers):
        erasure.state, erasure.completed_at = ErasureState.COMPLETED, utc_now()
        changed = ["state", "completed_at"]
        await outbox.record(session, erasure, ErasureCompleted(**_told(erasure, changed)))
        await note(session, "erasure-completed", subject=_subject(erasure))


async def erase_again(session: AsyncSession, contact_id: UUID) -> None:
    """Erase somebody whom a restored copy has brought back; everybody is told once more."""
    emptied = await erase_person(session, await person_of_contact(session, contact_id))
    await note(session, "person-erased-again", subject=("contact", contact_id), details=emptied)


async def _person(session: AsyncSession, erasure: Erasure) -> Person:
    if erasure.contact_id is not None:
        return await person_of_contact(session, erasure.contact_id)
    if erasure.lead_id is None:
        raise OnePersonError
    return person_of_lead(erasure.lead_id)


def _check_planned(erasure: Erasure) -> None:
    if erasure.state != ErasureState.PLANNED:
        raise ErasureNotPlannedError(erasure.state)


def _subject(erasure: Erasure) -> tuple[str, UUID]:
    return "erasure", erasure.id


def _told(erasure: Erasure, changed: list[str]) -> dict[str, Any]:
    facts = ErasureFacts.model_validate(erasure)
    return {"erasure": facts, "changed": changed, "previous": {}}
