"""Rows of the validations feature."""

from typing import Any
from uuid import UUID

from sqlalchemy import Index, String, Uuid, text
from sqlalchemy.dialects.postgresql import ARRAY, JSONB
from sqlalchemy.orm import Mapped, mapped_column

from crm_deals.base import Base
from crm_shared.db.types import Aggregate


class Validation(Aggregate, Base):
    """When one of these changes is tried and the conditions hold, the demands must be met."""

    __tablename__ = "validations"
    __table_args__ = (
        Index(
            "uq_validations_external",
            "source_system",
            "external_id",
            unique=True,
            postgresql_where=text("external_id IS NOT NULL"),
        ),
    )

    name: Mapped[str] = mapped_column(String(200))
    messages: Mapped[dict[str, str]] = mapped_column(JSONB, default=dict)
    pipeline_id: Mapped[UUID | None]
    on: Mapped[list[str]] = mapped_column(ARRAY(String(16)))
    stage_ids: Mapped[list[UUID]] = mapped_column(ARRAY(Uuid), default=list)
    outcomes: Mapped[list[str]] = mapped_column(ARRAY(String(8)), default=list)
    fields: Mapped[list[str]] = mapped_column(ARRAY(String(64)), default=list)
    conditions: Mapped[dict[str, Any]] = mapped_column(JSONB, default=dict)
    demands: Mapped[list[dict[str, Any]]] = mapped_column(JSONB, default=list)
    on_import: Mapped[bool] = mapped_column(default=True)
    is_active: Mapped[bool] = mapped_column(default=True)
