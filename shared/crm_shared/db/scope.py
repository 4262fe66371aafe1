"""Record scope as SQL: own, team or all."""

from typing import Any
from uuid import UUID

from sqlalchemy import ARRAY, ColumnElement, Uuid, any_, bindparam, or_, true
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


def visible_to_asker(scope: Scope, owner: OwnerColumn, team: OwnerColumn) -> ColumnElement[bool]:
    """Return the same condition for whoever `asker` names: for statements built once.

    Building a statement of one condition takes as long as a tenth of a whole change.
    """
    if scope is Scope.ALL:
        return true()
    own = owner == bindparam("asker_id", type_=Uuid())
    if scope is Scope.OWN:
        return own
    return or_(own, team == any_(bindparam("asker_teams", type_=ARRAY(Uuid()))))


def asker(access: Access) -> dict[str, Any]:
    """Return what `visible_to_asker` waits for; a statement takes only what it names."""
    if access.scope is Scope.ALL:
        return {}
    if access.scope is Scope.OWN:
        return {"asker_id": access.actor.id}
    return {"asker_id": access.actor.id, "asker_teams": list(access.actor.team_ids)}
