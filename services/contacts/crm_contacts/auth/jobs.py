"""Timed work of sign-in: the first admin, and forgetting."""

import sys

from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncSession

from crm_contacts.auth.use_cases import forget_the_old
from crm_contacts.passwords.rules import new_password
from crm_contacts.settings import Settings
from crm_contacts.users.queries import is_empty
from crm_contacts.users.use_cases import create_user
from crm_shared.actor import Role
from crm_shared.worker import JobContext

# two workers that start at once must not both make an admin
FIRST_ADMIN_LOCK = 7_274_101


async def make_first_admin(context: JobContext) -> int:
    """Make an admin when nobody has an account, and print the password once."""
    settings: Settings = context.settings
    async with context.sessions.begin() as session:
        password = await first_admin(session, settings)
    if password is not None:
        # not to the log: logs are shipped and kept, this is for who starts it
        sys.stderr.write(f"CRM first sign-in: {settings.admin_email} {password}\n")
        sys.stderr.flush()
    return 0


async def first_admin(session: AsyncSession, settings: Settings) -> str | None:
    """Make the first admin; returns the password, or None when there are users already."""
    if not await is_empty(session):
        return None
    await session.execute(text("SELECT pg_advisory_xact_lock(:key)"), {"key": FIRST_ADMIN_LOCK})
    if not await is_empty(session):
        return None
    password = new_password()
    values = {
        "name": "Admin",
        "email": settings.admin_email,
        "role": Role.ADMIN.value,
        "language": settings.language_list[0],
        "password": password,
    }
    await create_user(session, values)
    return password


async def forget(context: JobContext) -> int:
    """Drop counts of attempts and refresh tokens that nobody needs any more."""
    async with context.sessions.begin() as session:
        await forget_the_old(session)
    return 0
