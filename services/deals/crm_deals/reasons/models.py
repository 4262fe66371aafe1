"""Rows of the reasons feature."""

from sqlalchemy import CheckConstraint, Index, String, text
from sqlalchemy.orm import Mapped, mapped_column

from crm_deals.base import Base
from crm_shared.db.types import Aggregate


class Reason(Aggregate, Base):
    """Why a deal was won or lost; a deleted one stays with the deals that name it."""

    __tablename__ = "reasons"
    __table_args__ = (
        CheckConstraint("outcome IN ('won', 'lost')", name="outcome"),
        Index(
            "uq_reasons_external",
            "source_system",
            "external_id",
            unique=True,
            postgresql_where=text("external_id IS NOT NULL"),
        ),
        Index(
            "uq_reasons_label",
            "outcome",
            "label",
            unique=True,
            postgresql_where=text("deleted_at IS NULL"),
        ),
    )

    label: Mapped[str] = mapped_column(String(200))
    outcome: Mapped[str] = mapped_column(String(8))
    group: Mapped[str | None] = mapped_column(String(100))
    department: Mapped[str | None] = mapped_column(String(100))
