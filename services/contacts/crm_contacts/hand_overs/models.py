"""Hand-overs: whose records go to whom, and how far that has come."""

from datetime import datetime
from uuid import UUID

from sqlalchemy import ARRAY, Index, String, Text, Uuid, text
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.orm import Mapped, mapped_column

from crm_contacts.base import Base
from crm_shared.db.types import Aggregate, UtcDateTime

RUNNING, DONE, STOPPED = "running", "done", "stopped"
# the nouns that deals keeps; it hands them over itself when it hears of it
OF_DEALS = ("deal",)


class HandOver(Aggregate, Base):
    """Everything that a user owns on its way to others; one at a time for each user."""

    __tablename__ = "hand_overs"
    __table_args__ = (
        Index(
            "uq_hand_overs_user_id_running",
            "user_id",
            unique=True,
            postgresql_where=text("status = 'running'"),
        ),
    )

    user_id: Mapped[UUID]
    owner_ids: Mapped[list[UUID]] = mapped_column(ARRAY(Uuid))
    rule_id: Mapped[UUID | None]
    nouns: Mapped[list[str]] = mapped_column(ARRAY(Text))
    include_closed: Mapped[bool]
    status: Mapped[str] = mapped_column(String(10))
    requested_by: Mapped[UUID]
    found: Mapped[dict[str, int]] = mapped_column(JSONB)
    moved: Mapped[dict[str, int]] = mapped_column(JSONB)
    finished_at: Mapped[datetime | None] = mapped_column(UtcDateTime)

    def count(self, noun: str, moved: int) -> None:
        """Note that some more records of a noun have gone over."""
        self.moved = {**self.moved, noun: self.moved.get(noun, 0) + moved}

    def finish(self, *, at: datetime) -> None:
        """Say that nothing is left."""
        self.status, self.finished_at = DONE, at

    def stop(self, *, at: datetime) -> None:
        """Say that nobody is left who could take the rest."""
        self.status, self.finished_at = STOPPED, at
