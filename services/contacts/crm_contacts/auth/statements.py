"""Writes that must hold even when the request is refused: each is its own transaction."""

from datetime import datetime
from uuid import UUID

from sqlalchemy import case, delete, insert, null, or_, update
from sqlalchemy.dialects.postgresql import insert as upsert
from sqlalchemy.ext.asyncio import AsyncSession

from crm_contacts.auth.models import RefreshToken, SignInGuard
from crm_contacts.auth.rules import ATTEMPTS, LOCK_OUT, REFRESH_TOKEN_LIFE, digest
from crm_shared.ids import new_id


async def count_attempt(session: AsyncSession, email: str, now: datetime) -> datetime | None:
    """Count an attempt before it is checked, so that parallel guesses count too.

    Returns the end of the lock-out when the address is locked; attempts during it do not count.
    """
    guard = SignInGuard
    is_locked = guard.locked_until > now
    is_over = or_(guard.locked_until <= now, guard.last_at <= now - LOCK_OUT)
    # one statement decides and counts: between a read and a write a thousand guesses would fit
    attempts = case((is_locked, guard.attempts), (is_over, 1), else_=guard.attempts + 1)
    locked_until = case(
        (is_locked, guard.locked_until),
        (is_over, null()),
        (guard.attempts >= ATTEMPTS, now + LOCK_OUT),
        else_=null(),
    )
    statement = (
        upsert(guard)
        .values(email_hash=digest(email), attempts=1, last_at=now)
        .on_conflict_do_update(
            index_elements=[guard.email_hash],
            set_={
                "attempts": attempts,
                "locked_until": locked_until,
                "last_at": case((is_locked, guard.last_at), else_=now),
            },
        )
        .returning(guard.locked_until)
    )
    locked: datetime | None = await session.scalar(statement)
    return locked


async def forget_attempts(session: AsyncSession, email: str) -> None:
    """Start over after a right password."""
    await session.execute(delete(SignInGuard).where(SignInGuard.email_hash == digest(email)))


async def forget_old_attempts(session: AsyncSession, before: datetime) -> int:
    """Drop counts that no longer say anything."""
    statement = delete(SignInGuard).where(SignInGuard.last_at < before)
    return len((await session.scalars(statement.returning(SignInGuard.email_hash))).all())


async def forget_old_tokens(session: AsyncSession, before: datetime) -> int:
    """Drop refresh tokens that ended long ago."""
    # kept a while after they ended: a stolen one that is used then still ends its family
    statement = delete(RefreshToken).where(RefreshToken.expires_at < before)
    return len((await session.scalars(statement.returning(RefreshToken.id))).all())


async def keep_refresh_token(
    session: AsyncSession, secret: str, *, user_id: UUID, family_id: UUID, now: datetime
) -> None:
    """Write down a new link of a family of refresh tokens."""
    row = {
        "id": new_id(),
        "family_id": family_id,
        "user_id": user_id,
        "token_hash": digest(secret),
        "issued_at": now,
        "expires_at": now + REFRESH_TOKEN_LIFE,
    }
    await session.execute(insert(RefreshToken), [row])


async def use_refresh_token(
    session: AsyncSession, secret: str, now: datetime
) -> tuple[UUID, UUID] | None:
    """Spend a refresh token; returns its user and family, or None when it is not good."""
    token = RefreshToken
    statement = (
        update(token)
        .where(
            token.token_hash == digest(secret),
            # of two requests that spend one token the second is a theft, or a mistake
            token.used_at.is_(None),
            token.revoked_at.is_(None),
            token.expires_at > now,
        )
        .values(used_at=now)
        .returning(token.user_id, token.family_id)
    )
    row = (await session.execute(statement)).one_or_none()
    return None if row is None else (row.user_id, row.family_id)


async def revoke_family(session: AsyncSession, family_id: UUID, now: datetime) -> None:
    """End a family: every token that came from one sign-in."""
    statement = update(RefreshToken).where(
        RefreshToken.family_id == family_id, RefreshToken.revoked_at.is_(None)
    )
    await session.execute(statement.values(revoked_at=now))


async def revoke_all_of(session: AsyncSession, user_id: UUID, now: datetime) -> None:
    """End every session of a user."""
    statement = update(RefreshToken).where(
        RefreshToken.user_id == user_id, RefreshToken.revoked_at.is_(None)
    )
    await session.execute(statement.values(revoked_at=now))
