"""The mark by which a move finds out that what it was checked against has changed."""

from sqlalchemy import BigInteger, SmallInteger
from sqlalchemy.orm import Mapped, mapped_column

from crm_deals.base import Base

ONLY = 1


class GuardMark(Base):
    """One row: raised by every change of a validation or an approval policy."""

    __tablename__ = "guard_marks"

    id: Mapped[int] = mapped_column(SmallInteger, primary_key=True, autoincrement=False)
    revision: Mapped[int] = mapped_column(BigInteger)
