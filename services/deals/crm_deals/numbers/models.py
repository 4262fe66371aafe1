"""The rows that numbers are drawn from."""

from sqlalchemy import Integer, PrimaryKeyConstraint, SmallInteger, String
from sqlalchemy.orm import Mapped, mapped_column

from crm_deals.base import Base


class NumberSequence(Base):
    """The last number of a kind of document in a year."""

    __tablename__ = "number_sequences"
    __table_args__ = (PrimaryKeyConstraint("kind", "year"),)

    kind: Mapped[str] = mapped_column(String(16))
    year: Mapped[int] = mapped_column(SmallInteger)
    last: Mapped[int] = mapped_column(Integer)
