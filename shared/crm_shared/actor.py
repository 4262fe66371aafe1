"""Who acts, what a role may do, and how far it may look."""

import re
from collections.abc import Collection, Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Literal
from uuid import UUID

SIGNED_IN = "signed-in"
RIGHT = re.compile(r"[a-z]+(-[a-z]+)*:[a-z]+")


class Role(StrEnum):
    """The roles of a company's users; `system` is the program itself."""

    ADMIN = "admin"
    HEAD = "head"
    SELLER = "seller"
    MARKETING = "marketing"
    ACCOUNTANT = "accountant"
    VIEWER = "viewer"
    INTEGRATION = "integration"
    SYSTEM = "system"


class Scope(StrEnum):
    """How far a permission reaches: one's own records, one's teams', everybody's."""

    OWN = "own"
    TEAM = "team"
    ALL = "all"


@dataclass(frozen=True, slots=True)
class Actor:
    """Somebody who acts: a user, an API key, or the system."""

    id: UUID
    role: Role
    team_ids: frozenset[UUID] = frozenset()
    kind: Literal["user", "api_key", "system"] = "user"
    scopes: frozenset[str] | None = None  # what a key is confined to; None: all that the role may
    rate_limit: int = 0  # requests a second of this one's own; 0: as everybody


SYSTEM = Actor(id=UUID(int=0), role=Role.SYSTEM, kind="system")


@dataclass(frozen=True, slots=True)
class Permission:
    """A named right and the scope in which each role has it; an absent role has none."""

    name: str
    scopes: Mapping[Role, Scope] = field(hash=False)

    def __post_init__(self) -> None:
        # an API key's scopes are matched by noun and verb: another name would slip through
        if self.name != SIGNED_IN and not RIGHT.fullmatch(self.name):
            raise ValueError(f"{self.name!r} is not noun:verb")

    def scope_of(self, role: Role) -> Scope | None:
        """Return how far `role` may go with this right, or None when it may not at all."""
        return Scope.ALL if role is Role.SYSTEM else self.scopes.get(role)

    def reach(self, actor: Actor) -> Scope | None:
        """Return how far `actor` may go with this right: his role's reach, within his key's."""
        if actor.scopes is not None and not covers(actor.scopes, self.name):
            return None
        return self.scope_of(actor.role)


def covers(scopes: Collection[str], name: str) -> bool:
    """Tell whether scopes (`deals:read`, `deals:*`, `*:read`, `*:*`) hold a right.

    Being signed in is what every key is.
    """
    noun, _, verb = name.partition(":")
    wanted = {f"{noun}:{verb}", f"{noun}:*", f"*:{verb}", "*:*"}
    return name == SIGNED_IN or not wanted.isdisjoint(scopes)


@dataclass(frozen=True, slots=True)
class Access:
    """An actor together with the scope that one permission gives him."""

    actor: Actor
    scope: Scope

    def may_see(self, owner_id: UUID | None, team_id: UUID | None) -> bool:
        """Tell whether a record of this owner and team lies within the scope."""
        if self.scope is Scope.ALL:
            return True
        if owner_id == self.actor.id:
            return True
        return self.scope is Scope.TEAM and team_id in self.actor.team_ids


SYSTEM_ACCESS = Access(SYSTEM, Scope.ALL)
