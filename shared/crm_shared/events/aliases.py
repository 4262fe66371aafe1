"""Which records were merged into which, as the service that owns them says."""

from collections.abc import Collection, Sequence
from typing import Any
from uuid import UUID

from pydantic import BaseModel, ConfigDict, ValidationError
from sqlalchemy.ext.asyncio import AsyncSession

from crm_shared.db import aliases
from crm_shared.events.envelope import AnyEvent, Envelope
from crm_shared.events.subscription import Discard, Subscription

FACTS = ("merged", "unmerged")


class _Merge(BaseModel):
    model_config = ConfigDict(extra="ignore")

    survivor_id: UUID
    loser_id: UUID


def subscriptions(
    service: str, *, owner: str = "contacts", kinds: Collection[str] = ("contact", "company")
) -> list[Subscription[Any]]:
    """Return the durables by which a service knows merged records of these kinds.

    Both sides of a merge announce it; the loser's own word counts, because its revision tells
    which of two words about it is the newer one.
    """
    wanted = frozenset(kinds)

    async def of_our_kinds(
        _session: AsyncSession, batch: Sequence[Envelope[AnyEvent]]
    ) -> Sequence[Envelope[AnyEvent]]:
        return [one for one in batch if _noun(one) in wanted]

    return [
        Subscription(
            durable=f"{service}-{owner}-{fact}",
            pattern=f"crm.{owner}.*.{fact}.v1",
            reads=AnyEvent,
            decide=of_our_kinds,
            handler=keep,
        )
        for fact in FACTS
    ]


async def keep(session: AsyncSession, batch: Sequence[Envelope[AnyEvent]]) -> None:
    """Write aliases down; whatever order the events come in, the result is the same."""
    said = [(envelope, _merge(envelope)) for envelope in batch]
    losers = [(one, merge) for one, merge in said if one.subject == merge.loser_id]
    await aliases.keep(session, [_alias(one, merge) for one, merge in losers])


def _alias(envelope: Envelope[AnyEvent], merge: _Merge) -> aliases.Alias:
    is_merged = envelope.type.split(".")[3] == "merged"
    into = merge.survivor_id if is_merged else merge.loser_id
    return aliases.Alias(_noun(envelope), merge.loser_id, into, envelope.revision)


def _merge(envelope: Envelope[AnyEvent]) -> _Merge:
    try:
        return _Merge.model_validate(envelope.data.as_dict())
    except ValidationError as unreadable:
        raise Discard("who was merged into whom cannot be read") from unreadable


def _noun(envelope: Envelope[AnyEvent]) -> str:
    return envelope.type.split(".")[2]
