"""Users: who may sign in and whom records belong to."""

from datetime import date, datetime
from typing import Any
from uuid import UUID

from sqlalchemy import ARRAY, Index, String, UniqueConstraint, Uuid, text
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.orm import Mapped, mapped_column

from crm_contacts.base import Base
from crm_shared.db.types import Aggregate, UtcDateTime


class User(Aggregate, Base):
    """Somebody who works here. Never deleted: deactivated, so that history keeps its owner."""

    __tablename__ = "users"
    __table_args__ = (
        UniqueConstraint("source_system", "external_id"),
        Index("ix_users_team_ids", "team_ids", postgresql_using="gin"),
    )

    name: Mapped[str] = mapped_column(String(200))
    email: Mapped[str | None] = mapped_column(String(320), unique=True)
    role: Mapped[str] = mapped_column(String(20))
    team_ids: Mapped[list[UUID]] = mapped_column(ARRAY(Uuid), default=list)
    language: Mapped[str] = mapped_column(String(2), default="en")
    is_active: Mapped[bool] = mapped_column(default=True)
    password_hash: Mapped[str | None] = mapped_column(String(200))
    tokens_valid_from: Mapped[datetime | None] = mapped_column(UtcDateTime)
    absences: Mapped[list[dict[str, Any]]] = mapped_column(
        JSONB, default=list, server_default=text("'[]'::jsonb")
    )
    ratings: Mapped[dict[str, int]] = mapped_column(
        JSONB, default=dict, server_default=text("'{}'::jsonb")
    )

    def is_absent(self, day: date) -> bool:
        """Tell whether this day lies within an absence, its first and last day included."""
        told = day.isoformat()
        return any(one["start"] <= told <= one["end"] for one in self.absences or ())

    def change_password(self, password_hash: str, *, at: datetime) -> None:
        """Set another password; whoever holds a token from before has to sign in again."""
        self.password_hash = password_hash
        self.tokens_valid_from = at
