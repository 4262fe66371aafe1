"""The write by which every process learns that validations or approval policies changed."""

from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.ext.asyncio import AsyncSession

from crm_deals.configuration.models import ONLY, GuardMark


async def raise_guard_mark(session: AsyncSession) -> None:
    """Raise the mark: moves that were checked against what stood before are checked again."""
    statement = insert(GuardMark).values(id=ONLY, revision=1)
    await session.execute(
        statement.on_conflict_do_update(
            index_elements=["id"], set_={"revision": GuardMark.revision + 1}
        )
    )
