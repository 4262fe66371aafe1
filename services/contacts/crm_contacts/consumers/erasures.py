"""What contacts does when a service has emptied what it kept of a person."""

from collections.abc import Sequence
from typing import Any
from uuid import UUID

from pydantic import BaseModel
from sqlalchemy.ext.asyncio import AsyncSession

from crm_contacts.erasures.use_cases import OTHERS, answer_erasure
from crm_shared.events.envelope import Envelope, ForeignEvent
from crm_shared.events.subscription import Subscription, caused_by


class _Erasure(BaseModel):
    person_id: UUID
    emptied: dict[str, int]


class ErasureAnswered(ForeignEvent):
    """A service keeps nothing of a person any more."""

    erasure: _Erasure


async def note_answers(session: AsyncSession, batch: Sequence[Envelope[ErasureAnswered]]) -> None:
    """Note who has answered; the last one completes the request."""
    for envelope in batch:
        said = envelope.data.erasure
        with caused_by(envelope):
            await answer_erasure(session, envelope.publisher, said.person_id, said.emptied)


SUBSCRIPTIONS: list[Subscription[Any]] = [
    Subscription(
        durable=f"contacts-{service}-erasures",
        pattern=f"crm.{service}.erasure.completed.v1",
        reads=ErasureAnswered,
        handler=note_answers,
    )
    for service in OTHERS
]
