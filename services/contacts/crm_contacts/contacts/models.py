"""Persons in the customer base."""

from collections.abc import Mapping
from datetime import date, datetime
from typing import Any
from uuid import UUID

from sqlalchemy import ARRAY, Index, String, Text, UniqueConstraint, text
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.orm import Mapped, mapped_column

from crm_contacts.addresses.rules import Address, values_of
from crm_contacts.base import Base
from crm_contacts.contacts.errors import NamelessContactError
from crm_contacts.folding.rules import WORDS, search_text
from crm_shared.db.types import Aggregate, UtcDateTime
from crm_shared.nouns.columns import CUSTOM_COLUMNS, Customised, custom_indexes


class Contact(Customised, Aggregate, Base):
    """A person: one record per real one, with every way to reach him."""

    __tablename__ = "contacts"
    __table_args__ = (
        UniqueConstraint("source_system", "external_id"),
        Index("ix_contacts_created_at_id", "created_at", "id"),
        Index("ix_contacts_updated_at_id", "updated_at", "id"),
        Index("ix_contacts_owner_id_created_at", "owner_id", "created_at"),
        Index("ix_contacts_team_id_created_at", "team_id", "created_at"),
        Index("ix_contacts_company_id", "company_id"),
        Index("ix_contacts_email_keys", "email_keys", postgresql_using="gin"),
        Index("ix_contacts_phone_keys", "phone_keys", postgresql_using="gin"),
        Index("ix_contacts_tags", "tags", postgresql_using="gin"),
        *custom_indexes("contacts"),
        Index(
            "ix_contacts_search_text",
            "search_text",
            postgresql_using="gin",
            postgresql_ops={"search_text": "gin_trgm_ops"},
        ),
        Index("ix_contacts_search_words", text(WORDS), postgresql_using="gin"),
    )

    first_name: Mapped[str | None] = mapped_column(String(100))
    middle_name: Mapped[str | None] = mapped_column(String(100))
    last_name: Mapped[str | None] = mapped_column(String(100))
    job_title: Mapped[str | None] = mapped_column(String(200))
    company_id: Mapped[UUID | None]
    emails: Mapped[list[Address]] = mapped_column(JSONB)
    phones: Mapped[list[Address]] = mapped_column(JSONB)
    owner_id: Mapped[UUID | None]
    team_id: Mapped[UUID | None]
    lifecycle_stage: Mapped[str | None] = mapped_column(String(100))
    source: Mapped[str | None] = mapped_column(String(100))
    channel: Mapped[str | None] = mapped_column(String(100))
    utm: Mapped[dict[str, str] | None] = mapped_column(JSONB(none_as_null=True))
    language: Mapped[str | None] = mapped_column(String(2))
    time_zone: Mapped[str | None] = mapped_column(String(64))
    birth_date: Mapped[date | None]
    sex: Mapped[str | None] = mapped_column(String(10))
    country: Mapped[str | None] = mapped_column(String(100))
    city: Mapped[str | None] = mapped_column(String(100))
    district: Mapped[str | None] = mapped_column(String(100))
    income_band: Mapped[str | None] = mapped_column(String(40))
    education: Mapped[str | None] = mapped_column(String(40))
    marital_status: Mapped[str | None] = mapped_column(String(40))
    occupation: Mapped[str | None] = mapped_column(String(100))
    do_not_call: Mapped[bool]
    restricted_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    erased_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    consents: Mapped[list[dict[str, Any]]] = mapped_column(JSONB)
    client_class: Mapped[str | None] = mapped_column(String(20))
    tags: Mapped[list[str]] = mapped_column(ARRAY(Text))
    is_key: Mapped[bool] = mapped_column(server_default=text("false"))
    preferences: Mapped[dict[str, str]] = mapped_column(JSONB, server_default=text("'{}'"))
    # beside the alias: a list of what was put away must leave out who lives on in another
    merged_into_id: Mapped[UUID | None]
    # normal forms beside what people typed: what is looked up, compared and never shown
    email_keys: Mapped[list[str]] = mapped_column(ARRAY(Text))
    phone_keys: Mapped[list[str]] = mapped_column(ARRAY(Text))
    search_text: Mapped[str] = mapped_column(Text)

    @property
    def has_email(self) -> bool:
        return bool(self.emails)

    @property
    def has_phone(self) -> bool:
        return bool(self.phones)

    def apply(self, values: Mapping[str, Any]) -> None:
        """Set fields and what is computed from them; nobody may become nameless."""
        for name in values.keys() - CUSTOM_COLUMNS:
            setattr(self, name, values[name])
        self.put_custom(values)
        self.email_keys, self.phone_keys = values_of(self.emails), values_of(self.phones)
        names = [self.last_name, self.first_name, self.middle_name]
        if not any(names) and not self.emails and not self.phones:
            raise NamelessContactError
        self.search_text = search_text(names, self.email_keys, self.phone_keys)
