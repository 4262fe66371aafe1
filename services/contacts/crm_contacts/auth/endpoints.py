"""Routes of sign-in: access token in the body, refresh token in a cookie only."""

from typing import Annotated, Any
from uuid import UUID

from fastapi import Cookie, Response, status

from crm_contacts.auth import use_cases
from crm_contacts.auth.errors import (
    LockedOutError,
    RefreshRefusedError,
    SignInRefusedError,
    WrongPasswordError,
)
from crm_contacts.auth.rules import ACCESS_TOKEN_LIFE, REFRESH_TOKEN_LIFE
from crm_contacts.auth.schemas import KeySetOut, MeOut, OwnPasswordIn, SignInIn, TokenOut
from crm_contacts.auth.tokens import public_jwk
from crm_contacts.permissions import WRITE_USERS
from crm_contacts.settings import Settings, SettingsDep
from crm_contacts.users.errors import UserNotFoundError
from crm_contacts.users.queries import get_user
from crm_contacts.users.schemas import PasswordIn
from crm_shared.actor import Access
from crm_shared.http.auth import SIGNED_IN, public, require
from crm_shared.http.etag import IfMatch, check_revision
from crm_shared.http.problems import responses
from crm_shared.http.routing import service_router
from crm_shared.http.session import AutocommitDep, ReadSessionDep, SessionDep

router = service_router(tags=["sign-in"])
COOKIE = "crm_refresh"
COOKIE_PATH = "/v1/auth"
RefreshCookie = Annotated[str | None, Cookie(alias=COOKIE, max_length=200)]


@router.post(
    "/v1/auth/sign-in",
    response_model=TokenOut,
    responses=responses(SignInRefusedError, LockedOutError),
    dependencies=[public()],
)
async def sign_in(
    body: SignInIn, session: AutocommitDep, settings: SettingsDep, response: Response
) -> dict[str, Any]:
    """Sign in with e-mail address and password."""
    signed_in = await use_cases.sign_in(
        session, settings.private_key, email=body.email, password=body.password
    )
    return _let_in(response, settings, signed_in)


@router.post(
    "/v1/auth/refresh",
    response_model=TokenOut,
    responses=responses(RefreshRefusedError),
    dependencies=[public()],
)
async def refresh(
    session: AutocommitDep,
    settings: SettingsDep,
    response: Response,
    secret: RefreshCookie = None,
) -> dict[str, Any]:
    """Exchange the refresh cookie for the next one and a new access token."""
    if secret is None:
        raise RefreshRefusedError
    signed_in = await use_cases.refresh(session, settings.private_key, secret)
    return _let_in(response, settings, signed_in)


@router.post("/v1/auth/sign-out", status_code=status.HTTP_204_NO_CONTENT, dependencies=[public()])
async def sign_out(
    session: AutocommitDep, response: Response, secret: RefreshCookie = None
) -> None:
    """End the session that the refresh cookie belongs to."""
    if secret is not None:
        await use_cases.sign_out(session, secret)
    response.delete_cookie(COOKIE, path=COOKIE_PATH, httponly=True, samesite="strict")


@router.get("/v1/me", response_model=MeOut)
async def get_me(
    access: Annotated[Access, require(SIGNED_IN)], session: ReadSessionDep
) -> dict[str, Any]:
    """Return who is asking; an operator's token has no account behind it."""
    user = await use_cases.find_account(session, access.actor)
    return {
        "id": access.actor.id,
        "role": access.actor.role,
        "team_ids": sorted(access.actor.team_ids),
        "name": user.name if user else None,
        "email": user.email if user else None,
        "language": user.language if user else None,
    }


@router.put(
    "/v1/me/password",
    status_code=status.HTTP_204_NO_CONTENT,
    responses=responses(WrongPasswordError, UserNotFoundError, LockedOutError),
)
async def change_own_password(
    body: OwnPasswordIn,
    access: Annotated[Access, require(SIGNED_IN)],
    session: SessionDep,
    counting: AutocommitDep,
) -> None:
    """Set one's own password; all sessions end. Wrong ones lock it as they lock the sign-in."""
    user = await get_user(session, access.actor.id)
    await use_cases.change_own_password(
        session, counting, user, current=body.current_password, new=body.password
    )


@router.put(
    "/v1/users/{user_id}/password",
    tags=["users"],
    status_code=status.HTTP_204_NO_CONTENT,
    responses=responses(UserNotFoundError),
    dependencies=[require(WRITE_USERS)],
)
async def set_password(
    user_id: UUID, body: PasswordIn, expected: IfMatch, session: SessionDep
) -> None:
    """Set a user's password; all his sessions end."""
    user = await get_user(session, user_id)
    check_revision(user, expected)
    await use_cases.set_password(session, user, body.password)


@router.get("/.well-known/jwks.json", response_model=KeySetOut, dependencies=[public()])
async def get_keys(settings: SettingsDep) -> dict[str, Any]:
    """Return the public keys that access tokens are checked with."""
    known = {key["kid"]: key for key in settings.public_keys["keys"]}
    own = public_jwk(settings.private_key)
    return {"keys": list({**known, own["kid"]: own}.values())}


def _let_in(
    response: Response, settings: Settings, signed_in: use_cases.SignedIn
) -> dict[str, Any]:
    response.headers["Cache-Control"] = "no-store"
    response.set_cookie(
        COOKIE,
        signed_in.refresh_token,
        max_age=int(REFRESH_TOKEN_LIFE.total_seconds()),
        path=COOKIE_PATH,
        httponly=True,
        samesite="strict",
        secure=settings.has_secure_origin,
    )
    return {
        "access_token": signed_in.access_token,
        "token_type": "Bearer",
        "expires_in": int(ACCESS_TOKEN_LIFE.total_seconds()),
        "user": signed_in.user,
    }
