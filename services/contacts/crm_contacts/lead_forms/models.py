"""Web forms: what they ask for, whose their leads are, and how many may come."""

from datetime import datetime
from uuid import UUID

from sqlalchemy import ARRAY, ForeignKey, String, Text, UniqueConstraint
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.orm import Mapped, mapped_column

from crm_contacts.base import Base
from crm_shared.db.types import Aggregate, UtcDateTime


class LeadForm(Aggregate, Base):
    """A form on a web page; whoever has its key may leave his address."""

    __tablename__ = "lead_forms"
    __table_args__ = (UniqueConstraint("source_system", "external_id"),)

    name: Mapped[str] = mapped_column(String(200))
    key_hash: Mapped[str] = mapped_column(String(64), unique=True)
    is_active: Mapped[bool]
    fields: Mapped[list[str]] = mapped_column(ARRAY(Text))
    honeypot: Mapped[str | None] = mapped_column(String(60))
    owner_id: Mapped[UUID | None]
    team_id: Mapped[UUID | None]
    source: Mapped[str | None] = mapped_column(String(100))
    channel: Mapped[str | None] = mapped_column(String(100))
    campaign: Mapped[str | None] = mapped_column(String(100))
    utm_labels: Mapped[dict[str, list[str]]] = mapped_column(JSONB)
    double_opt_in: Mapped[bool]
    sends_letter: Mapped[bool]
    per_minute: Mapped[int]
    per_address_hour: Mapped[int]


class LeadFormGuard(Base):
    """How often a form was sent of late, in all and from one address; the address is a hash."""

    __tablename__ = "lead_form_guards"

    form_id: Mapped[UUID] = mapped_column(ForeignKey("lead_forms.id"), primary_key=True)
    subject: Mapped[str] = mapped_column(String(32), primary_key=True)
    since: Mapped[datetime] = mapped_column(UtcDateTime, index=True)
    hits: Mapped[int]
