"""Rows of the validations feature."""

from sqlalchemy import BigInteger, SmallInteger, String, UniqueConstraint
from sqlalchemy.dialects.postgresql import ARRAY
from sqlalchemy.orm import Mapped, mapped_column

from crm_contacts.base import Base
from crm_shared.db.types import Aggregate
from crm_shared.validations.models import ValidationColumns

# the table has one row: its mark moves with every change of any validation
ONLY = 1


class Validation(ValidationColumns, Aggregate, Base):
    """When one of these changes is tried and the conditions hold, the demands must be met."""

    __tablename__ = "validations"
    __table_args__ = (UniqueConstraint("source_system", "external_id"),)

    noun: Mapped[str] = mapped_column(String(16))
    stages: Mapped[list[str]] = mapped_column(ARRAY(String(100)), default=list)
    outcomes: Mapped[list[str]] = mapped_column(ARRAY(String(16)), default=list)


class ValidationMark(Base):
    """One row: raised by every change of a validation, so that every process reads them anew."""

    __tablename__ = "validation_marks"

    id: Mapped[int] = mapped_column(SmallInteger, primary_key=True, autoincrement=False)
    revision: Mapped[int] = mapped_column(BigInteger)
