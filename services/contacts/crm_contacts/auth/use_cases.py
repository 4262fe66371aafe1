"""Signing in, staying signed in, signing out. Runs on autocommit: refusals are counted too."""

import math
from dataclasses import dataclass
from datetime import timedelta
from uuid import UUID

import structlog
from joserfc.jwk import OKPKey
from sqlalchemy.ext.asyncio import AsyncSession

from crm_contacts.addresses.rules import normal_email
from crm_contacts.audit.statements import note
from crm_contacts.auth import queries, statements
from crm_contacts.auth.errors import (
    LockedOutError,
    RefreshRefusedError,
    SignInRefusedError,
    WrongPasswordError,
)
from crm_contacts.auth.rules import new_refresh_token
from crm_contacts.auth.tokens import sign
from crm_contacts.passwords.rules import is_password
from crm_contacts.users.models import User
from crm_contacts.users.queries import find_user_by_email
from crm_contacts.users.use_cases import change_password
from crm_shared.actor import Actor
from crm_shared.clock import utc_now
from crm_shared.ids import new_id

log = structlog.get_logger(__name__)
# so long a spent token that comes back still tells of the theft
KEPT_AFTER_THE_END = timedelta(days=7)


@dataclass(frozen=True, slots=True)
class SignedIn:
    """What somebody gets who is let in."""

    access_token: str
    refresh_token: str
    user: User


async def sign_in(session: AsyncSession, key: OKPKey, *, email: str, password: str) -> SignedIn:
    """Let somebody in by e-mail address and password.

    An unknown address, one without a password and a wrong password look the same from outside.
    """
    address = normal_email(email) or email.strip().lower()
    # counted by address, known or not: otherwise the lock-out would tell which ones there are
    await _count_attempt(session, address)
    user = await find_user_by_email(session, address)
    # without a hash as much time is spent as with one: `is_password` hashes against nothing then
    usable = user.password_hash if user is not None and user.is_active else None
    if not await is_password(password, usable) or user is None:
        # the audit log may say it, the answer may not
        if user is not None:
            await note(session, "sign-in-refused", subject=("user", user.id), actor_id=user.id)
        raise SignInRefusedError
    await statements.forget_attempts(session, address)
    await note(session, "signed-in", subject=("user", user.id), actor_id=user.id)
    return await _let_in(session, key, user, family_id=new_id())


async def refresh(session: AsyncSession, key: OKPKey, secret: str) -> SignedIn:
    """Exchange a refresh token for the next one and a new access token.

    A token that was spent before was stolen, now or then: its whole family ends.
    """
    now = utc_now()
    spent = await statements.use_refresh_token(session, secret, now)
    if spent is None:
        await _punish_reuse(session, secret)
        raise RefreshRefusedError
    user_id, family_id = spent
    user = await session.get(User, user_id)
    # the event that ends access may still be on its way to other services; here the row decides
    if user is None or not user.is_active:
        await statements.revoke_family(session, family_id, now)
        raise RefreshRefusedError
    return await _let_in(session, key, user, family_id=family_id)


async def sign_out(session: AsyncSession, secret: str) -> None:
    """End the session that a refresh token belongs to; an unknown one is no fault."""
    token = await queries.find_refresh_token(session, secret)
    if token is not None:
        await statements.revoke_family(session, token.family_id, utc_now())


async def find_account(session: AsyncSession, actor: Actor) -> User | None:
    """Return the account behind a token; an operator's token has none."""
    return await session.get(User, actor.id)


async def change_own_password(
    session: AsyncSession, counting: AsyncSession, user: User, *, current: str, new: str
) -> None:
    """Set one's own password; all one's sessions end. `counting` commits by itself.

    Raises LockedOutError for who guesses: a token that was stolen lasts for minutes, a password
    that was found with it for good.
    """
    # not by the address: who guesses here must not lock its owner out of signing in; nor can who
    # signs in as this lock it, for addresses are written small
    whose = f"PASSWORD {user.id}"
    await _count_attempt(counting, whose)
    if not await is_password(current, user.password_hash):
        raise WrongPasswordError
    await statements.forget_attempts(counting, whose)
    await set_password(session, user, new)


async def set_password(session: AsyncSession, user: User, password: str) -> None:
    """Set a user's password and end all his sessions."""
    await change_password(session, user, password)
    await statements.revoke_all_of(session, user.id, utc_now())


async def forget_the_old(session: AsyncSession) -> int:
    """Drop counts of attempts and refresh tokens that nobody needs any more."""
    now = utc_now()
    attempts = await statements.forget_old_attempts(session, now - timedelta(days=1))
    return attempts + await statements.forget_old_tokens(session, now - KEPT_AFTER_THE_END)


async def _count_attempt(session: AsyncSession, whose: str) -> None:
    now = utc_now()
    locked_until = await statements.count_attempt(session, whose, now)
    if locked_until is not None:
        raise LockedOutError(math.ceil((locked_until - now).total_seconds()))


async def _let_in(session: AsyncSession, key: OKPKey, user: User, *, family_id: UUID) -> SignedIn:
    now = utc_now()
    secret = new_refresh_token()
    await statements.keep_refresh_token(
        session, secret, user_id=user.id, family_id=family_id, now=now
    )
    access = sign(key, user_id=user.id, role=user.role, team_ids=user.team_ids, now=now)
    return SignedIn(access, secret, user)


async def _punish_reuse(session: AsyncSession, secret: str) -> None:
    token = await queries.find_refresh_token(session, secret)
    if token is not None and token.used_at is not None:
        await statements.revoke_family(session, token.family_id, utc_now())
        log.warning("refresh_token_reused", user_id=str(token.user_id))
