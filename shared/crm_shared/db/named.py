"""Records that other systems know under names of their own: made once, however many say it."""

from collections.abc import Awaitable, Callable, Mapping
from typing import Any, TypeVar

from sqlalchemy.ext.asyncio import AsyncSession

from crm_shared.errors import ConflictError

RowT = TypeVar("RowT")
Find = Callable[[AsyncSession, str, str], Awaitable[RowT | None]]


async def find_or_make(
    session: AsyncSession,
    values: Mapping[str, Any],
    *,
    find: Find[RowT],
    make: Callable[[], Awaitable[RowT]],
    taken: type[ConflictError],
) -> tuple[RowT, bool]:
    """Return the record that these values name, or make it; tell whether it is new.

    `taken` is what `make` raises when somebody else has just made it.
    """
    system, external_id = values.get("source_system"), values.get("external_id")
    if system is None or external_id is None:
        return await make(), True
    if (row := await find(session, system, external_id)) is not None:
        return row, False
    try:
        async with session.begin_nested():
            return await make(), True
    except taken:
        # two webhooks of one new record at once: this one is the second word about it
        if (row := await find(session, system, external_id)) is None:
            raise
        return row, False
