"""Rows of the validations feature."""

from typing import Any

from sqlalchemy import BigInteger, SmallInteger, String, UniqueConstraint
from sqlalchemy.dialects.postgresql import ARRAY, JSONB
from sqlalchemy.orm import Mapped, mapped_column

from crm_contacts.base import Base
from crm_shared.db.types import Aggregate

ONLY = 1


class Validation(Aggregate, Base):
    """When one of these changes is tried and the conditions hold, the demands must be met."""

    __tablename__ = "validations"
    __table_args__ = (UniqueConstraint("source_system", "external_id"),)

    name: Mapped[str] = mapped_column(String(200))
    messages: Mapped[dict[str, str]] = mapped_column(JSONB, default=dict)
    noun: Mapped[str] = mapped_column(String(16))
    on: Mapped[list[str]] = mapped_column(ARRAY(String(16)))
    stages: Mapped[list[str]] = mapped_column(ARRAY(String(100)), default=list)
    outcomes: Mapped[list[str]] = mapped_column(ARRAY(String(16)), default=list)
    fields: Mapped[list[str]] = mapped_column(ARRAY(String(64)), default=list)
    conditions: Mapped[dict[str, Any]] = mapped_column(JSONB, default=dict)
    demands: Mapped[list[dict[str, Any]]] = mapped_column(JSONB, default=list)
    on_import: Mapped[bool] = mapped_column(default=True)
    is_active: Mapped[bool] = mapped_column(default=True)


class ValidationMark(Base):
    """One row: raised by every change of a validation, so that every process reads them anew."""

    __tablename__ = "validation_marks"

    id: Mapped[int] = mapped_column(SmallInteger, primary_key=True, autoincrement=False)
    revision: Mapped[int] = mapped_column(BigInteger)
