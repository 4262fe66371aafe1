"""How many deals stand in each column and what they add up to, kept by the database itself."""

from decimal import Decimal
from uuid import UUID

from sqlalchemy import BigInteger, Boolean, Identity, Index, Numeric, String, text
from sqlalchemy.orm import Mapped, mapped_column

from crm_deals.base import Base

Sum: Numeric[Decimal] = Numeric(24, 4)


class BoardTally(Base):
    """What one change of a deal adds to its column, or what many such came to (`is_folded`).

    A trigger on `deals` adds rows in the change's own transaction and updates none, so that two
    moves never wait for each other; a job folds them. Their sums always are what the deals say.
    """

    __tablename__ = "board_tallies"
    __table_args__ = (
        Index("ix_board_tallies_pipeline_id", "pipeline_id"),
        Index("ix_board_tallies_unfolded", "id", postgresql_where=text("NOT is_folded")),
    )

    id: Mapped[int] = mapped_column(BigInteger, Identity(always=True), primary_key=True)
    pipeline_id: Mapped[UUID]
    stage_id: Mapped[UUID]
    currency: Mapped[str] = mapped_column(String(3))
    owner_id: Mapped[UUID | None]
    team_id: Mapped[UUID | None]
    deals: Mapped[int] = mapped_column(BigInteger)
    amounts: Mapped[int] = mapped_column(BigInteger)
    amount: Mapped[Decimal] = mapped_column(Sum)
    is_folded: Mapped[bool] = mapped_column(Boolean, default=False, server_default=text("false"))
