"""The verbs of a configuration noun: rules, validations, approval policies."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Generic, Literal, TypeVar

from pydantic import BaseModel
from sqlalchemy.exc import IntegrityError
from sqlalchemy.ext.asyncio import AsyncSession

from crm_shared.clock import utc_now
from crm_shared.db.types import Aggregate
from crm_shared.errors import ServiceError
from crm_shared.events import outbox
from crm_shared.events.envelope import Event
from crm_shared.events.outbox import ChangedMeanwhileError

Put = Literal["created", "updated", "unchanged"]
FactsT = TypeVar("FactsT", bound=BaseModel)


@dataclass(frozen=True, slots=True)
class Noun(Generic[FactsT]):
    """How a noun is announced, and what says that its external id is taken."""

    name: str
    facts: type[FactsT]
    created: type[Event]
    updated: type[Event]
    deleted: type[Event]
    taken: type[ServiceError]

    def said(
        self, kind: type[Event], row: Aggregate, changed: list[str], previous: dict[str, Any]
    ) -> Event:
        """Return the event of one kind with the row as it stands."""
        facts = self.facts.model_validate(row, from_attributes=True)
        return kind(**{self.name: facts, "changed": changed, "previous": previous})


async def add(session: AsyncSession, noun: Noun[Any], row: Aggregate) -> None:
    """Write a new row and announce it."""
    session.add(row)
    # the index knows of deleted ones too, which a look beforehand would pass by
    try:
        await outbox.record(session, row, noun.said(noun.created, row, [], {}))
    except IntegrityError as taken:
        raise noun.taken("Another one, perhaps a deleted one, has this external id.") from taken


async def change(
    session: AsyncSession,
    noun: Noun[Any],
    row: Aggregate,
    values: Mapping[str, Any],
    *,
    expected: int | None,
) -> bool:
    """Change a row and announce it; tells whether anything changed."""
    if expected not in (None, row.revision):
        raise ChangedMeanwhileError
    for name, value in values.items():
        setattr(row, name, value)
    changes = outbox.changes_of(row, noun.facts)
    if not changes:
        return False
    event = noun.said(noun.updated, row, changes.changed, changes.previous)
    await outbox.record(session, row, event)
    return True


async def remove(
    session: AsyncSession, noun: Noun[Any], row: Aggregate, *, expected: int | None
) -> None:
    """Put a row away and announce it."""
    if expected not in (None, row.revision):
        raise ChangedMeanwhileError
    row.deleted_at = utc_now()
    await outbox.record(session, row, noun.said(noun.deleted, row, ["deleted_at"], {}))
