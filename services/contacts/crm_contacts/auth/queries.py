"""Every SELECT of the auth feature."""

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from crm_contacts.auth.models import RefreshToken
from crm_contacts.auth.rules import digest


async def find_refresh_token(session: AsyncSession, secret: str) -> RefreshToken | None:
    found = select(RefreshToken).where(RefreshToken.token_hash == digest(secret))
    return (await session.scalars(found)).one_or_none()
