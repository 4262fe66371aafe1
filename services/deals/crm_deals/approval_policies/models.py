"""Rows of the approval policies feature."""

from decimal import Decimal
from typing import Any
from uuid import UUID

from sqlalchemy import CheckConstraint, Index, Numeric, String, Uuid, text
from sqlalchemy.dialects.postgresql import ARRAY, JSONB
from sqlalchemy.orm import Mapped, mapped_column

from crm_deals.base import Base
from crm_shared.db.types import Aggregate


class ApprovalPolicy(Aggregate, Base):
    """A kind of change that needs consent, and who gives it, step by step."""

    __tablename__ = "approval_policies"
    __table_args__ = (
        CheckConstraint("kind IN ('stage', 'discount')", name="kind"),
        Index(
            "uq_approval_policies_external",
            "source_system",
            "external_id",
            unique=True,
            postgresql_where=text("external_id IS NOT NULL"),
        ),
    )

    name: Mapped[str] = mapped_column(String(200))
    kind: Mapped[str] = mapped_column(String(16))
    pipeline_id: Mapped[UUID | None]
    stage_ids: Mapped[list[UUID]] = mapped_column(ARRAY(Uuid), default=list)
    limit_percent: Mapped[Decimal | None] = mapped_column(Numeric(5, 2))
    conditions: Mapped[dict[str, Any]] = mapped_column(JSONB, default=dict)
    steps: Mapped[list[dict[str, Any]]] = mapped_column(JSONB)
    automatic_for: Mapped[list[str]] = mapped_column(ARRAY(String(16)), default=list)
    is_active: Mapped[bool] = mapped_column(default=True)

    @property
    def steps_count(self) -> int:
        """How many times somebody has to consent."""
        return len(self.steps)
