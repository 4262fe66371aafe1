"""Who asks, and whether he may: every route declares a permission or says that it is public."""

from typing import Annotated, Any

from fastapi import Depends, Request
from fastapi.dependencies.models import Dependant

from crm_shared.actor import SIGNED_IN as SIGNED_IN_NAME
from crm_shared.actor import Access, Actor, Permission, Role, Scope
from crm_shared.errors import ForbiddenError, UnauthorizedError
from crm_shared.http.directory import KEY_PREFIX, Directory
from crm_shared.http.exchange import exchange_of
from crm_shared.http.tokens import TokenVerifier

BEARER = "bearer "


class Authenticator:
    """Turns an Authorization header into an actor."""

    def __init__(self, verifier: TokenVerifier, directory: Directory) -> None:
        self.verifier = verifier
        self.directory = directory

    def actor(self, authorization: str | None) -> Actor:
        """Return who asks, or raise UnauthorizedError."""
        if authorization is None:
            raise UnauthorizedError("Sign in first: there is no bearer token.")
        if authorization[: len(BEARER)].lower() != BEARER:
            raise UnauthorizedError("Only bearer tokens are accepted.")
        secret = authorization[len(BEARER) :].strip()
        if secret.startswith(KEY_PREFIX):
            return self.directory.key_actor(secret)
        return self.directory.actor(self.verifier.verify(secret))


class Requirement:
    """Stands in a route's dependencies for one permission; gives its Access."""

    def __init__(self, permission: Permission) -> None:
        self.permission = permission
        # the verified-token cache gives the same actor again, so its access can be kept beside it
        self._last: tuple[Actor, Access] | None = None

    async def __call__(self, request: Request) -> Access:
        actor = exchange_of(request).actor
        if actor is None:
            raise UnauthorizedError("Sign in first: there is no bearer token.")
        return self.check(actor)

    def check(self, actor: Actor) -> Access:
        """Return the actor's access under this permission, or raise ForbiddenError."""
        last = self._last
        if last is not None and last[0] is actor:
            return last[1]
        scope = self.permission.reach(actor)
        if scope is None:
            who = f"role {actor.role}" if actor.scopes is None else "key"
            raise ForbiddenError(f"The {who} may not do this.", permission=self.permission.name)
        access = Access(actor, scope)
        self._last = (actor, access)
        return access


class Openness:
    """Stands in a route's dependencies and says: nobody has to sign in for this."""

    async def __call__(self) -> None:
        return None


_OPEN = Openness()
SIGNED_IN = Permission(
    SIGNED_IN_NAME, {role: Scope.OWN for role in Role if role is not Role.SYSTEM}
)


def require(permission: Permission) -> Any:
    """Demand a permission: `access: Annotated[Access, require(READ_DEALS)]`."""
    return Depends(Requirement(permission))


def signed_in() -> Any:
    """Demand no more than a sign-in: `access: Annotated[Access, signed_in()]`, own scope."""
    return require(SIGNED_IN)


def public() -> Any:
    """Open a route to everybody: `dependencies=[public()]`; a route with neither does not start."""
    return Depends(_OPEN)


async def _actor(request: Request) -> Actor:
    actor = exchange_of(request).actor
    if actor is None:
        raise UnauthorizedError("Sign in first: there is no bearer token.")
    return actor


ActorDep = Annotated[Actor, Depends(_actor)]


def requirements_of(dependant: Dependant) -> list[Requirement]:
    """Return every permission that a route demands."""
    found = [dependant.call] if isinstance(dependant.call, Requirement) else []
    for inner in dependant.dependencies:
        found.extend(requirements_of(inner))
    return found


def is_public(dependant: Dependant) -> bool:
    """Tell whether a route says that nobody has to sign in."""
    return isinstance(dependant.call, Openness) or any(map(is_public, dependant.dependencies))
