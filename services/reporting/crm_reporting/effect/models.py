"""The effect as it was last counted: one row, of the whole company."""

from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import Text
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.orm import Mapped, mapped_column

from crm_reporting.base import Base
from crm_shared.db.types import UtcDateTime


class KeptTotals(Base):
    """The answers of `/v1/effect/totals` and `/v1/effect`; `key` is all but the facts."""

    __tablename__ = "effect_totals"

    id: Mapped[UUID] = mapped_column(primary_key=True)
    key: Mapped[str] = mapped_column(Text)
    counted_at: Mapped[datetime] = mapped_column(UtcDateTime)
    body: Mapped[dict[str, Any]] = mapped_column(JSONB)
    whole: Mapped[dict[str, Any] | None] = mapped_column(JSONB)
