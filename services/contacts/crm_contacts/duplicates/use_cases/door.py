"""Who might be here already, asked when somebody comes in or is looked at."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncSession

from crm_contacts.duplicates import queries
from crm_contacts.duplicates.catalogue import Kind
from crm_contacts.duplicates.errors import PossibleDuplicatesError
from crm_contacts.duplicates.rules import MOST_SHOWN, STRONG, judge
from crm_shared.actor import Access


@dataclass(frozen=True, slots=True)
class Likeness:
    """A record that may be of the same client: how sure that is, and why."""

    id: UUID
    score: int
    reasons: list[str]

    @property
    def is_strong(self) -> bool:
        return not STRONG.isdisjoint(self.reasons)


async def likenesses(
    session: AsyncSession, access: Access, kind: Kind[Any], row: Any, *, by_name: bool = True
) -> list[Likeness]:
    """Return who within the caller's scope looks like `row`, the likest first.

    `row` need not be written yet. Pairs that somebody dismissed are left out.
    """
    card = kind.card(row)
    alike = await queries.candidates(session, kind, {row.id: card}, by_name=by_name)
    if not alike:
        return []
    apart = await queries.dismissed_with(session, row.id)
    ids = {other for _, other in alike} - apart
    found = []
    for other in await queries.visible_by_id(session, kind, access, ids):
        verdict = judge(card, kind.card(other))
        if verdict is not None:
            found.append(Likeness(other.id, verdict.score, verdict.reasons))
    return sorted(found, key=lambda one: (-one.score, one.id))[:MOST_SHOWN]


def refuse(found: Sequence[Likeness]) -> None:
    """Raise PossibleDuplicatesError when somebody shares a number or an address."""
    strong = [one.id for one in found if one.is_strong]
    if strong:
        raise PossibleDuplicatesError(strong)


def one_to_link(found: Sequence[Likeness]) -> UUID | None:
    """Return the one record that is meant; several raise PossibleDuplicatesError."""
    strong = [one.id for one in found if one.is_strong]
    if len(strong) > 1:
        raise PossibleDuplicatesError(strong, unclear=True)
    return strong[0] if strong else None
