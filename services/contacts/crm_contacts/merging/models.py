"""What was merged into what, by whom, and whether it still is."""

from datetime import datetime
from uuid import UUID

from sqlalchemy import Index, String, text
from sqlalchemy.orm import Mapped, mapped_column

from crm_contacts.base import Base
from crm_shared.db.types import UtcDateTime
from crm_shared.ids import new_id

_STANDS = text("unmerged_at IS NULL")


class Merge(Base):
    """One merge; the versions beside its revisions say what it changed."""

    __tablename__ = "merges"
    __table_args__ = (
        Index("uq_merges_loser_id", "loser_id", unique=True, postgresql_where=_STANDS),
        Index("ix_merges_survivor_id", "survivor_id"),
    )

    id: Mapped[UUID] = mapped_column(primary_key=True, default=new_id)
    kind: Mapped[str] = mapped_column(String(20))
    survivor_id: Mapped[UUID]
    survivor_revision: Mapped[int]
    loser_id: Mapped[UUID]
    loser_revision: Mapped[int]
    merged_at: Mapped[datetime] = mapped_column(UtcDateTime)
    merged_by: Mapped[UUID]
    unmerged_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    unmerged_by: Mapped[UUID | None]
    unmerged_revision: Mapped[int | None]

    @property
    def stands(self) -> bool:
        """Whether the two are still one."""
        return self.unmerged_at is None
