"""Teams: whose records a head may see."""

from uuid import UUID

from sqlalchemy import String, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from crm_contacts.base import Base
from crm_shared.db.types import Aggregate


class Team(Aggregate, Base):
    """A group of users with a head; teams can stand under a parent."""

    __tablename__ = "teams"
    __table_args__ = (UniqueConstraint("source_system", "external_id"),)

    name: Mapped[str] = mapped_column(String(200))
    head_id: Mapped[UUID | None] = mapped_column(index=True)
    parent_id: Mapped[UUID | None] = mapped_column(index=True)
