"""How far a mailbox was read."""

from sqlalchemy import BigInteger, Text
from sqlalchemy.orm import Mapped, mapped_column

from crm_notifications.base import Base


class MailboxPlace(Base):
    """The last letter that was kept, by its uid; uids begin again with another validity."""

    __tablename__ = "mailbox_places"

    account: Mapped[str] = mapped_column(Text, primary_key=True)
    validity: Mapped[int] = mapped_column(BigInteger)
    uid: Mapped[int] = mapped_column(BigInteger)
