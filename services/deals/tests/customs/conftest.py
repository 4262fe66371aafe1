"""Custom fields for the tests of this folder."""

from collections.abc import AsyncIterator, Awaitable, Callable
from typing import Any

import httpx
import pytest
import pytest_asyncio
from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncSession

Define = Callable[..., Awaitable[dict[str, Any]]]
CHOICE = {
    "options": [
        {"code": "pickup", "labels": {"en": "Pick-up", "uk": "Самовивіз"}},
        {"code": "courier", "labels": {"en": "Courier", "uk": "Кур'єр"}},
    ]
}


@pytest.fixture
def define(client: httpx.AsyncClient) -> Define:
    """Give deals, or another noun, a custom field."""

    async def made(
        key: str, type_: str = "text", *, noun: str = "deals", **more: Any
    ) -> dict[str, Any]:
        extra = CHOICE if type_ in ("choice", "multi_choice") else {}
        body = {"key": key, "type": type_, "labels": {"en": key.title()}, **extra, **more}
        answer = await client.post(f"/v1/{noun}/custom-fields", json=body)
        assert answer.status_code == 201, answer.text
        found: dict[str, Any] = answer.json()
        return found

    return made


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
