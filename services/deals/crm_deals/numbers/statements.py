"""Drawing a number: the row stays locked until the commit, so that none is skipped or twice."""

from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.ext.asyncio import AsyncSession

from crm_deals.numbers.models import NumberSequence

PREFIXES = {"invoice": "", "credit_note": "CN-", "quote": "Q-"}


async def draw(session: AsyncSession, kind: str, year: int) -> str:
    """Return the next number of this kind in a year: `2026-00017`, `CN-2026-00003`.

    A transaction that is rolled back gives its number back.
    """
    first = insert(NumberSequence).values(kind=kind, year=year, last=1)
    drawn = first.on_conflict_do_update(
        index_elements=["kind", "year"], set_={"last": NumberSequence.last + 1}
    ).returning(NumberSequence.last)
    number = await session.scalar(drawn)
    return f"{PREFIXES[kind]}{year}-{number:05d}"
