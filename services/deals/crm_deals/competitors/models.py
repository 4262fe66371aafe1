"""Rows of the competitors feature."""

from sqlalchemy import Index, String, text
from sqlalchemy.orm import Mapped, mapped_column

from crm_deals.base import Base
from crm_shared.db.types import Aggregate


class Competitor(Aggregate, Base):
    """To whom a deal was lost; a deleted one stays with the deals that name it."""

    __tablename__ = "competitors"
    __table_args__ = (
        Index(
            "uq_competitors_external",
            "source_system",
            "external_id",
            unique=True,
            postgresql_where=text("external_id IS NOT NULL"),
        ),
        Index(
            "uq_competitors_label",
            "label",
            unique=True,
            postgresql_where=text("deleted_at IS NULL"),
        ),
    )

    label: Mapped[str] = mapped_column(String(200))
