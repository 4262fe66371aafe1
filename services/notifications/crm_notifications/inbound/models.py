"""Systems that bring things in, what came of each thing, and its body for as long as needed."""

from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import ForeignKey, Index, LargeBinary, String, UniqueConstraint, text
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.orm import Mapped, mapped_column

from crm_notifications.base import Base
from crm_shared.clock import utc_now
from crm_shared.db.types import Aggregate, UtcDateTime

# literal, so that the planner always knows which partial index is meant
NOT_DELETED = text("deleted_at IS NULL")
REFUSED = "refused"
IS_REFUSED = text("arrivals.status = 'refused'")


class InboundSystem(Aggregate, Base):
    """Another system that may bring things in, and how its bodies are read."""

    __tablename__ = "inbound_systems"
    __table_args__ = (
        Index("uq_inbound_systems_system", "system", unique=True, postgresql_where=NOT_DELETED),
    )

    # what it is called in addresses, subjects and `source_system`
    system: Mapped[str] = mapped_column(String(24))
    name: Mapped[str] = mapped_column(String(200))
    mapping: Mapped[dict[str, Any]] = mapped_column(JSONB)
    is_active: Mapped[bool]
    per_minute: Mapped[int]
    # secrets are worked out from their number: nothing that signs lies in the database
    secret_number: Mapped[int]
    old_secret_until: Mapped[datetime | None] = mapped_column(UtcDateTime)


class Arrival(Aggregate, Base):
    """One thing that came in, known by its system and that system's id of it.

    `fields` hold what people typed only until it is made; then the row is a line of the run log.
    """

    __tablename__ = "arrivals"
    __table_args__ = (
        # once per system and event, by whatever way it came
        UniqueConstraint("source_system", "external_id"),
        Index("ix_arrivals_source_system_created_at", "source_system", "created_at"),
        Index("ix_arrivals_created_at_id", "created_at", "id"),
        Index("ix_arrivals_refused", "source_system", "id", postgresql_where=IS_REFUSED),
    )

    # which of our readers understands its body: a system's mapping, or one that is built in
    reader: Mapped[str] = mapped_column(String(16))
    kind: Mapped[str | None] = mapped_column(String(16))
    fields: Mapped[dict[str, Any] | None] = mapped_column(JSONB(none_as_null=True))
    # what it is called there: a call that rings and then ends is one call
    noun_external_id: Mapped[str | None] = mapped_column(String(200))
    status: Mapped[str] = mapped_column(String(16))
    reason: Mapped[str | None] = mapped_column(String(200))
    noun: Mapped[str | None] = mapped_column(String(32))
    record_id: Mapped[UUID | None]
    settled_at: Mapped[datetime | None] = mapped_column(UtcDateTime)


class ArrivalBody(Base):
    """What came, as it came; dropped as soon as it is read for good."""

    __tablename__ = "arrival_bodies"

    id: Mapped[UUID] = mapped_column(
        ForeignKey("arrivals.id", ondelete="CASCADE"), primary_key=True
    )
    body: Mapped[bytes] = mapped_column(LargeBinary)
    kept_at: Mapped[datetime] = mapped_column(UtcDateTime, default=utc_now, index=True)
