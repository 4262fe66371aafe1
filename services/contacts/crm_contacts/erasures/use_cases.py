"""What can be done about an erasure: plan, confirm, withdraw, answer, complete, repeat."""

from collections.abc import Mapping, Sequence
from typing import Any
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncSession

from crm_contacts.audit.statements import note
from crm_contacts.contacts.models import Contact
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
from crm_contacts.leads.models import Lead
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
from crm_shared.db import aliases
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
        contact_id = (await get_person_contact(session, access, contact_id)).id
    if lead_id is not None:
        # one who became a client is erased as that client, with everything since
        lead = await get_person_lead(session, access, lead_id)
        if lead.contact_id is not None:
            raise LeadIsAContactError(await aliases.survivor_of(session, lead.contact_id))
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
    # a merge in the same moment would take one of his records out of what is erased
    await aliases.hold(session)
    person = await _person(session, erasure)
    changed = ["state"]
    if person.contact_ids:
        erasure.contact_ids = list(person.contact_ids)
        # merged since it was planned: it is told in whom he lived on
        if erasure.contact_id != person.contact_ids[0]:
            erasure.contact_id = person.contact_ids[0]
            changed.append("contact_id")
    await outbox.record(session, erasure, ErasureConfirmed(**_told(erasure, changed)))
    # here at once and in one transaction; the others answer as the event reaches them
    emptied = await erase_person(session, person)
    await note(session, "person-erased", subject=_subject(erasure), details=emptied)
    await _answer(session, erasure, OWN, erasure.contact_ids, emptied)
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
    """Note that a service keeps nothing of a person; the last answer completes the request.

    A service answers for each record that was merged, and has answered when none is left.
    """
    for erasure in await queries.running_for(session, person_id):
        await _answer(session, erasure, service, [person_id], emptied)


async def _answer(
    session: AsyncSession,
    erasure: Erasure,
    service: str,
    contact_ids: Sequence[UUID],
    emptied: Mapping[str, Any],
) -> None:
    answers = (await queries.answers_to(session, [erasure.id]))[erasure.id]
    for answer in answers:
        # told again after a restore: the first answer's date stands
        if answer.service == service and answer.answered_at is None:
            _add(answer, contact_ids, emptied)
            if set(answer.answered_for) >= set(erasure.contact_ids):
                answer.answered_at = utc_now()
    await session.flush()
    if all(answer.answered_at is not None for answer in answers):
        erasure.state, erasure.completed_at = ErasureState.COMPLETED, utc_now()
        changed = ["state", "completed_at"]
        await outbox.record(session, erasure, ErasureCompleted(**_told(erasure, changed)))
        await note(session, "erasure-completed", subject=_subject(erasure))


def _add(answer: ErasureAnswer, contact_ids: Sequence[UUID], emptied: Mapping[str, Any]) -> None:
    """Add what was emptied of some of his records; an answer that comes twice counts once."""
    new = [one for one in contact_ids if one not in answer.answered_for]
    if new or not contact_ids:
        so_far = answer.emptied or {}
        nouns = [*so_far, *(noun for noun in emptied if noun not in so_far)]
        answer.emptied = {noun: so_far.get(noun, 0) + emptied.get(noun, 0) for noun in nouns}
        answer.answered_for = [*answer.answered_for, *new]


async def erase_again(
    session: AsyncSession, model: type[Contact] | type[Lead], row_id: UUID
) -> None:
    """Erase somebody whom a restored copy has brought back; everybody is told once more."""
    is_lead = model is Lead
    person = await (person_of_lead if is_lead else person_of_contact)(session, row_id)
    emptied = await erase_person(session, person)
    subject = ("lead" if is_lead else "contact", row_id)
    await note(session, "person-erased-again", subject=subject, details=emptied)


async def _person(session: AsyncSession, erasure: Erasure) -> Person:
    if erasure.contact_id is not None:
        return await person_of_contact(session, erasure.contact_id)
    if erasure.lead_id is None:
        raise OnePersonError
    return await person_of_lead(session, erasure.lead_id)


def _check_planned(erasure: Erasure) -> None:
    if erasure.state != ErasureState.PLANNED:
        raise ErasureNotPlannedError(erasure.state)


def _subject(erasure: Erasure) -> tuple[str, UUID]:
    return "erasure", erasure.id


def _told(erasure: Erasure, changed: list[str]) -> dict[str, Any]:
    facts = ErasureFacts.model_validate(erasure)
    return {"erasure": facts, "changed": changed, "previous": {}}
