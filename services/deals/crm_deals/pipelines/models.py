"""Rows of the pipelines feature: a pipeline and its stages are one aggregate."""

from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import CheckConstraint, ForeignKey, Index, SmallInteger, String, text
from sqlalchemy.dialects.postgresql import ARRAY, JSONB
from sqlalchemy.orm import Mapped, mapped_column, relationship

from crm_deals.base import Base
from crm_shared.db.types import Aggregate, UtcDateTime
from crm_shared.ids import new_id


class Stage(Base):
    """One step; what a deal needs to enter it, and what being in it means."""

    __tablename__ = "stages"
    __table_args__ = (
        CheckConstraint("probability BETWEEN 0 AND 100", name="probability"),
        CheckConstraint("outcome IN ('open', 'won', 'lost')", name="outcome"),
        Index("ix_stages_pipeline_id_position", "pipeline_id", "position"),
    )

    id: Mapped[UUID] = mapped_column(primary_key=True, default=new_id)
    pipeline_id: Mapped[UUID] = mapped_column(ForeignKey("pipelines.id", ondelete="CASCADE"))
    label: Mapped[str] = mapped_column(String(100))
    position: Mapped[int] = mapped_column(SmallInteger)
    probability: Mapped[int] = mapped_column(SmallInteger)
    outcome: Mapped[str] = mapped_column(String(8), default="open")
    rotting_days: Mapped[int | None] = mapped_column(SmallInteger)
    required_fields: Mapped[list[str]] = mapped_column(ARRAY(String(64)), default=list)
    requirements: Mapped[dict[str, Any] | None] = mapped_column(JSONB(none_as_null=True))
    is_agreed: Mapped[bool] = mapped_column(default=False, server_default=text("false"))
    archived_at: Mapped[datetime | None] = mapped_column(UtcDateTime)


class Pipeline(Aggregate, Base):
    """A way of selling: its stages in their order."""

    __tablename__ = "pipelines"
    __table_args__ = (
        Index(
            "uq_pipelines_external",
            "source_system",
            "external_id",
            unique=True,
            postgresql_where=text("external_id IS NOT NULL"),
        ),
        Index(
            "uq_pipelines_is_default",
            "is_default",
            unique=True,
            postgresql_where=text("is_default"),
        ),
    )

    label: Mapped[str] = mapped_column(String(100))
    currency: Mapped[str | None] = mapped_column(String(3))
    is_default: Mapped[bool] = mapped_column(default=False)
    unreliable_customers: Mapped[str] = mapped_column(
        String(8), default="warn", server_default=text("'warn'")
    )
    stages: Mapped[list[Stage]] = relationship(
        # raise: in asyncio a lazy load would fail at a place that depends on the caller
        order_by=Stage.position,
        cascade="all, delete-orphan",
        lazy="raise",
        passive_deletes=True,
    )

    def in_order(self) -> list[Stage]:
        """Return the stages by position; the list itself keeps the order it was loaded in."""
        # a stage that was moved in this transaction keeps its old place in the list
        return sorted(self.stages, key=lambda stage: stage.position)

    def stage(self, stage_id: UUID) -> Stage:
        """Return one of its stages."""
        return next(stage for stage in self.stages if stage.id == stage_id)
