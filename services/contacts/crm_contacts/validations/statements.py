"""The write by which every process learns that validations changed."""

from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.ext.asyncio import AsyncSession

from crm_contacts.validations.models import ONLY, ValidationMark


async def raise_mark(session: AsyncSession) -> None:
    """Raise the mark: from the commit on, changes are held against what stands then."""
    statement = insert(ValidationMark).values(id=ONLY, revision=1)
    await session.execute(
        statement.on_conflict_do_update(
            index_elements=["id"], set_={"revision": ValidationMark.revision + 1}
        )
    )
