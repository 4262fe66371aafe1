"""Record scope as SQL: own, team or all."""

from typing import Any
from uuid import UUID

from sqlalchemy import ColumnElement, or_, true
from sqlalchemy.orm import InstrumentedAttribute

from crm_shared.actor import Access, Scope

OwnerColumn = InstrumentedAttribute[UUID] | InstrumentedAttribute[UUID | None] | ColumnElement[Any]


def visible(access: Access, owner: OwnerColumn, team: OwnerColumn) -> ColumnElement[bool]:
    """Return the condition under which a row lies within the caller's scope."""
    if access.scope is Scope.ALL:
        return true()
    own = owner == access.actor.id
    if access.scope is Scope.OWN or not access.actor.team_ids:
        return own
    return or_(own, team.in_(sorted(access.actor.team_ids)))
