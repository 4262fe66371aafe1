"""What custom fields leave behind in the database of these tests."""

from collections.abc import AsyncIterator

import pytest_asyncio
from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncSession


@pytest_asyncio.fixture(autouse=True)
async def no_indexes_left(session: AsyncSession) -> AsyncIterator[None]:
    """Drop the indexes that definitions made: the database is kept for the next test."""
    yield
    await session.rollback()
    names = await session.scalars(
        text(
            "SELECT indexname FROM pg_indexes WHERE indexname ~ '^(ix|uq)_[a-z]+_custom_(?!fields)'"
        )
    )
    for name in names.all():
        await session.execute(text(f"DROP INDEX {name}"))
    await session.commit()
