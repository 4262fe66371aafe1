"""From the bytes of a message to an envelope that may be believed."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from pydantic import ValidationError

from crm_shared.events.envelope import Envelope
from crm_shared.events.jetstream import Delivery

SUSPECT_AFTER = 3


@dataclass(frozen=True, slots=True)
class Item:
    """A message in hand together with the envelope it carries."""

    delivery: Delivery
    envelope: Envelope[Any]


class UnreadableError(Exception):
    """Not an envelope, not of this stream, or not of the shape that is read here."""

    def __init__(self, reason: str, event_id: UUID | None = None) -> None:
        super().__init__(reason)
        self.event_id = event_id


def read(shape: type[Envelope[Any]], publisher: str, data: bytes, subject: str) -> Envelope[Any]:
    """Return the envelope, or raise UnreadableError that names field and rule, never a value."""
    try:
        envelope = shape.model_validate_json(data)
    except ValidationError as wrong:
        first = wrong.errors(include_input=False, include_url=False)[0]
        where = ".".join(str(part) for part in first["loc"]) or "envelope"
        raise UnreadableError(f"{where}: {first['type']}") from None
    if envelope.publisher != publisher or envelope.type != subject:
        # a stolen credential of one service must not speak for another
        raise UnreadableError("the source is not the stream's publisher", envelope.id)
    return envelope


def groups(items: Sequence[Item]) -> Iterator[Sequence[Item]]:
    """Return what is handled in one transaction: all that is new, and each suspect by itself.

    What came again and again may hold one that kills the process. Going through them from the
    front and from the back by turns, its neighbours are done with after two rounds, long before
    it is buried.
    """
    fresh = [item for item in items if item.delivery.attempts < SUSPECT_AFTER]
    suspects = [item for item in items if item.delivery.attempts >= SUSPECT_AFTER]
    if fresh:
        yield fresh
    is_even = bool(suspects) and suspects[0].delivery.attempts % 2 == 0
    for suspect in reversed(suspects) if is_even else suspects:
        yield [suspect]
