"""Forgetting a person: letters that were kept, names, and messages not yet sent."""

from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncSession

from crm_notifications.events import ErasureCompleted, ErasureFacts
from crm_notifications.messages.rules import Status, Step, after
from crm_notifications.messages.statements import Change, settle
from crm_notifications.persons import queries, statements
from crm_shared.clock import utc_now
from crm_shared.events import refs
from crm_shared.events.erasure import Emptied, forget_answers

WHY = "recipient-erased"


async def erase_person(session: AsyncSession, person_id: UUID) -> dict[str, int]:
    """Drop kept letters and names of a person, and call off what waits to be sent to him.

    That messages were sent, when and by which rule, stays: it says nothing of him but his id.
    """
    messages = await queries.messages_about(session, person_id)
    waiting = [
        Change(
            message,
            cancelled,
            attempts=message["attempts"],
            next_attempt_at=utc_now(),
            reason=WHY,
            claim_id=message["claim_id"],
        )
        for message in messages
        if message["recipient_id"] == person_id
        and (cancelled := after(Status(message["status"]), Step.CANCEL)) is not None
    ]
    await settle(session, waiting)
    ids = [message["id"] for message in messages]
    letters = await statements.drop_letters(session, ids)
    addresses = await statements.drop_addresses(session, person_id)
    words = await statements.drop_words(session, person_id)
    await statements.forget_keys(session, person_id)
    for kind in ("contact", "lead"):
        await refs.empty(session, kind, [person_id])
    answers = await forget_answers(session, [person_id, *ids])
    return {
        "letters": letters,
        "addresses": addresses,
        "conversation_messages": words,
        "messages_called_off": len(waiting),
        "kept_answers": answers,
    }


def tell(person_id: UUID, emptied: Emptied) -> ErasureCompleted:
    """Say what was emptied of whom: ids and counts."""
    return ErasureCompleted(erasure=ErasureFacts(person_id=person_id, emptied=dict(emptied)))
