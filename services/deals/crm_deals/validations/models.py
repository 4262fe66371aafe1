"""Rows of the validations feature."""

from uuid import UUID

from sqlalchemy import Index, String, Uuid, text
from sqlalchemy.dialects.postgresql import ARRAY
from sqlalchemy.orm import Mapped, mapped_column

from crm_deals.base import Base
from crm_shared.db.types import Aggregate
from crm_shared.validations.models import ValidationColumns


class Validation(ValidationColumns, Aggregate, Base):
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

    pipeline_id: Mapped[UUID | None]
    stage_ids: Mapped[list[UUID]] = mapped_column(ARRAY(Uuid), default=list)
    outcomes: Mapped[list[str]] = mapped_column(ARRAY(String(8)), default=list)
