"""Keeping how far a mailbox was read."""

from sqlalchemy import case, func
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.ext.asyncio import AsyncSession

from crm_notifications.mail_intake.models import MailboxPlace


async def keep_place(session: AsyncSession, account: str, validity: int, uid: int) -> None:
    """Note the last letter that was kept; a slower worker does not turn it back."""
    place = MailboxPlace
    row = insert(place).values(account=account, validity=validity, uid=uid)
    same = place.validity == row.excluded.validity
    further = case((same, func.greatest(place.uid, row.excluded.uid)), else_=row.excluded.uid)
    await session.execute(
        row.on_conflict_do_update(
            index_elements=[place.account],
            set_={"validity": row.excluded.validity, "uid": further},
        )
    )
