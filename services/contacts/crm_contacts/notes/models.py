"""Notes: words about a client or a deal, with their author."""

from uuid import UUID

from sqlalchemy import ARRAY, CheckConstraint, Index, Text, Uuid
from sqlalchemy.orm import Mapped, mapped_column

from crm_contacts.base import Base
from crm_shared.db.types import Aggregate


class Note(Aggregate, Base):
    """Something written down; whoever may see the client may read it."""

    __tablename__ = "notes"
    __table_args__ = (
        CheckConstraint(
            "num_nonnulls(contact_id, company_id, deal_id) > 0", name="about_something"
        ),
        Index("ix_notes_created_at_id", "created_at", "id"),
        Index("ix_notes_author_id", "author_id"),
        Index("ix_notes_contact_id", "contact_id"),
        Index("ix_notes_company_id", "company_id"),
        Index("ix_notes_deal_id", "deal_id"),
    )

    text: Mapped[str] = mapped_column(Text)
    author_id: Mapped[UUID]
    team_id: Mapped[UUID | None]
    contact_id: Mapped[UUID | None]
    company_id: Mapped[UUID | None]
    deal_id: Mapped[UUID | None]
    is_pinned: Mapped[bool]
    mentioned_ids: Mapped[list[UUID]] = mapped_column(ARRAY(Uuid), server_default="{}")

    @property
    def owner_id(self) -> UUID:
        return self.author_id
