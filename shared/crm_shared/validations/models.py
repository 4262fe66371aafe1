"""Columns that the rows of validations have in common."""

from typing import Any

from sqlalchemy import String
from sqlalchemy.dialects.postgresql import ARRAY, JSONB
from sqlalchemy.orm import Mapped, mapped_column


class ValidationColumns:
    """When one of these changes is tried and the conditions hold, the demands must be met."""

    name: Mapped[str] = mapped_column(String(200))
    messages: Mapped[dict[str, str]] = mapped_column(JSONB, default=dict)
    on: Mapped[list[str]] = mapped_column(ARRAY(String(16)))
    fields: Mapped[list[str]] = mapped_column(ARRAY(String(64)), default=list)
    conditions: Mapped[dict[str, Any]] = mapped_column(JSONB, default=dict)
    demands: Mapped[list[dict[str, Any]]] = mapped_column(JSONB, default=list)
    on_import: Mapped[bool] = mapped_column(default=True)
    is_active: Mapped[bool] = mapped_column(default=True)
