"""Organisations in the customer base."""

from collections.abc import Mapping
from decimal import Decimal
from typing import Any
from uuid import UUID

from sqlalchemy import ARRAY, CheckConstraint, Index, String, Text, UniqueConstraint, text
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.orm import Mapped, mapped_column

from crm_contacts.addresses.rules import Address, values_of
from crm_contacts.base import Base
from crm_contacts.folding.rules import WORDS, search_text
from crm_shared.db.types import Aggregate, Money
from crm_shared.nouns.columns import CUSTOM_COLUMNS, Customised, custom_indexes


class Company(Customised, Aggregate, Base):
    """An organisation: customer, supplier, partner, or several of them at once."""

    __tablename__ = "companies"
    __table_args__ = (
        UniqueConstraint("source_system", "external_id"),
        CheckConstraint("employees >= 0", name="employees_not_negative"),
        Index("ix_companies_created_at_id", "created_at", "id"),
        Index("ix_companies_updated_at_id", "updated_at", "id"),
        Index("ix_companies_owner_id_created_at", "owner_id", "created_at"),
        Index("ix_companies_team_id_created_at", "team_id", "created_at"),
        Index("ix_companies_parent_id", "parent_id"),
        Index("ix_companies_email_keys", "email_keys", postgresql_using="gin"),
        Index("ix_companies_phone_keys", "phone_keys", postgresql_using="gin"),
        Index("ix_companies_tags", "tags", postgresql_using="gin"),
        *custom_indexes("companies"),
        Index(
            "ix_companies_search_text",
            "search_text",
            postgresql_using="gin",
            postgresql_ops={"search_text": "gin_trgm_ops"},
        ),
        Index("ix_companies_search_words", text(WORDS), postgresql_using="gin"),
    )

    name: Mapped[str] = mapped_column(String(300))
    kinds: Mapped[list[str]] = mapped_column(ARRAY(Text))
    sector: Mapped[str | None] = mapped_column(String(100))
    country: Mapped[str | None] = mapped_column(String(100))
    city: Mapped[str | None] = mapped_column(String(100))
    address: Mapped[str | None] = mapped_column(String(500))
    website: Mapped[str | None] = mapped_column(String(300))
    founded_year: Mapped[int | None]
    employees: Mapped[int | None]
    revenue: Mapped[Decimal | None] = mapped_column(Money)
    parent_id: Mapped[UUID | None]
    emails: Mapped[list[Address]] = mapped_column(JSONB)
    phones: Mapped[list[Address]] = mapped_column(JSONB)
    owner_id: Mapped[UUID | None]
    team_id: Mapped[UUID | None]
    source: Mapped[str | None] = mapped_column(String(100))
    client_class: Mapped[str | None] = mapped_column(String(20))
    tags: Mapped[list[str]] = mapped_column(ARRAY(Text))
    lifecycle_stage: Mapped[str | None] = mapped_column(String(100))
    do_not_call: Mapped[bool] = mapped_column(server_default=text("false"))
    is_key: Mapped[bool] = mapped_column(server_default=text("false"))
    preferences: Mapped[dict[str, str]] = mapped_column(JSONB, server_default=text("'{}'"))
    merged_into_id: Mapped[UUID | None]
    # normal forms beside what people typed: what is looked up, compared and never shown
    email_keys: Mapped[list[str]] = mapped_column(ARRAY(Text))
    phone_keys: Mapped[list[str]] = mapped_column(ARRAY(Text))
    search_text: Mapped[str] = mapped_column(Text)

    def apply(self, values: Mapping[str, Any]) -> None:
        """Set fields and what is computed from them."""
        for name in values.keys() - CUSTOM_COLUMNS:
            setattr(self, name, values[name])
        self.put_custom(values)
        self.email_keys, self.phone_keys = values_of(self.emails), values_of(self.phones)
        self.search_text = search_text([self.name, self.city], self.email_keys, self.phone_keys)
