"""Who asks: 50 sellers in ten teams with a head each, and their tokens."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from crm_shared.actor import Actor, Role
from crm_shared.http.tokens import sign_token

SELLERS, TEAMS = 50, 10
_A_WORKDAY_S = 8 * 3600
_USERS, _TEAMS = 0xA, 0xB


def made_id(kind: int, number: int) -> UUID:
    """Return the id of the bench's own record of a kind, in the order of its number."""
    return UUID(int=(0x0192 << 112) | (7 << 76) | (2 << 62) | (kind << 48) | number)


@dataclass(frozen=True, slots=True)
class Person:
    """Somebody with a token."""

    actor: Actor
    token: str

    @property
    def team_id(self) -> UUID:
        return next(iter(self.actor.team_ids))


@dataclass(frozen=True, slots=True)
class People:
    """Everybody who asks."""

    sellers: list[Person]
    heads: list[Person]
    admin: Person

    def everybody(self) -> list[Person]:
        return [*self.sellers, *self.heads]

    def head_of(self, seller: int) -> Person:
        """Return the head of a seller's team."""
        return self.heads[seller % TEAMS]


def sign_in(operator_key: Mapping[str, Any]) -> People:
    """Return all people with tokens that hold for the run."""

    def person(number: int, role: Role, teams: frozenset[UUID]) -> Person:
        actor = Actor(made_id(_USERS, number), role, teams, "user")
        return Person(actor, sign_token(operator_key, actor, lifetime_s=_A_WORKDAY_S))

    teams = [frozenset({made_id(_TEAMS, number)}) for number in range(TEAMS)]
    return People(
        sellers=[person(n, Role.SELLER, teams[n % TEAMS]) for n in range(SELLERS)],
        heads=[person(SELLERS + n, Role.HEAD, teams[n]) for n in range(TEAMS)],
        admin=person(SELLERS + TEAMS, Role.ADMIN, frozenset()),
    )
