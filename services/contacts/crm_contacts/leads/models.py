"""Leads: persons and organisations that might buy, and how far that is known."""

from collections.abc import Mapping
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Any
from uuid import UUID

from sqlalchemy import ARRAY, Index, String, Text, UniqueConstraint, text
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.orm import Mapped, mapped_column

from crm_contacts.addresses.rules import Address, values_of
from crm_contacts.base import Base
from crm_contacts.folding.rules import WORDS, search_text
from crm_contacts.leads.errors import (
    LeadClosedError,
    LeadNotDisqualifiedError,
    LeadQualifiedError,
    NamelessLeadError,
)
from crm_contacts.leads.rules import LOOKED_AT, score_of
from crm_shared.clock import utc_now
from crm_shared.db.types import Aggregate, UtcDateTime
from crm_shared.nouns.columns import (
    CUSTOM_COLUMNS,
    Customised,
    Tagged,
    custom_indexes,
    tag_index,
)


class LeadStatus(StrEnum):
    NEW = "new"
    WORKING = "working"
    QUALIFIED = "qualified"
    CONVERTED = "converted"
    DISQUALIFIED = "disqualified"


OPEN = frozenset({LeadStatus.NEW, LeadStatus.WORKING, LeadStatus.QUALIFIED})
# what was told stays new, or nobody's, for as long as people leave it: the jobs pass it over
_IS_NEW = text("status = 'new' AND overdue_at IS NULL AND deleted_at IS NULL")
_IS_NOBODYS = text(
    "owner_id IS NULL AND unassigned_at IS NULL AND deleted_at IS NULL"
    " AND status IN ('new', 'qualified', 'working')"
)


class Lead(Customised, Tagged, Aggregate, Base):
    """Somebody who might buy, until he is converted or turned down."""

    __tablename__ = "leads"
    __table_args__ = (
        UniqueConstraint("source_system", "external_id"),
        Index("ix_leads_created_at_id", "created_at", "id"),
        Index("ix_leads_updated_at_id", "updated_at", "id"),
        Index("ix_leads_owner_id_created_at", "owner_id", "created_at"),
        Index("ix_leads_team_id_created_at", "team_id", "created_at"),
        Index("ix_leads_email_keys", "email_keys", postgresql_using="gin"),
        Index("ix_leads_phone_keys", "phone_keys", postgresql_using="gin"),
        tag_index("leads"),
        *custom_indexes("leads"),
        # what the alarms look for
        Index("ix_leads_respond_by_untold", "respond_by", postgresql_where=_IS_NEW),
        Index("ix_leads_unassigned_untold", "unassigned_since", postgresql_where=_IS_NOBODYS),
        Index(
            "ix_leads_search_text",
            "search_text",
            postgresql_using="gin",
            postgresql_ops={"search_text": "gin_trgm_ops"},
        ),
        Index("ix_leads_search_words", text(WORDS), postgresql_using="gin"),
    )

    first_name: Mapped[str | None] = mapped_column(String(100))
    last_name: Mapped[str | None] = mapped_column(String(100))
    company_name: Mapped[str | None] = mapped_column(String(300))
    job_title: Mapped[str | None] = mapped_column(String(200))
    emails: Mapped[list[Address]] = mapped_column(JSONB)
    phones: Mapped[list[Address]] = mapped_column(JSONB)
    note: Mapped[str | None] = mapped_column(Text)
    language: Mapped[str | None] = mapped_column(String(2))
    owner_id: Mapped[UUID | None]
    team_id: Mapped[UUID | None]
    source: Mapped[str | None] = mapped_column(String(100))
    channel: Mapped[str | None] = mapped_column(String(100))
    campaign: Mapped[str | None] = mapped_column(String(100))
    do_not_call: Mapped[bool] = mapped_column(server_default=text("false"))
    utm: Mapped[dict[str, str] | None] = mapped_column(JSONB(none_as_null=True))
    labels: Mapped[dict[str, str]] = mapped_column(JSONB)
    client_class: Mapped[str | None] = mapped_column(String(20))
    form_id: Mapped[UUID | None]
    status: Mapped[str] = mapped_column(String(20))
    score: Mapped[int]
    score_reasons: Mapped[list[dict[str, Any]]] = mapped_column(JSONB)
    respond_by: Mapped[datetime | None] = mapped_column(UtcDateTime)
    first_responded_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    qualified_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    converted_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    disqualified_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    disqualify_reason: Mapped[str | None] = mapped_column(String(40))
    disqualify_note: Mapped[str | None] = mapped_column(Text)
    contact_id: Mapped[UUID | None]
    company_id: Mapped[UUID | None]
    deal_id: Mapped[UUID | None]
    deal_title: Mapped[str | None] = mapped_column(String(300))
    erased_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    awaits_confirmation: Mapped[bool]
    confirmed_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    overdue_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    unassigned_since: Mapped[datetime | None] = mapped_column(UtcDateTime)
    unassigned_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    email_keys: Mapped[list[str]] = mapped_column(ARRAY(Text))
    phone_keys: Mapped[list[str]] = mapped_column(ARRAY(Text))
    search_text: Mapped[str] = mapped_column(Text)

    @property
    def name(self) -> str | None:
        """How people call the lead."""
        person = " ".join(one for one in (self.first_name, self.last_name) if one)
        return person or self.company_name

    @property
    def has_email(self) -> bool:
        return bool(self.emails)

    @property
    def has_phone(self) -> bool:
        return bool(self.phones)

    @property
    def is_open(self) -> bool:
        """Whether there is still something to do about it."""
        return self.status in OPEN

    @property
    def is_overdue(self) -> bool:
        """Whether nobody answered it by its deadline."""
        due = self.respond_by
        return self.status == LeadStatus.NEW and due is not None and due <= utc_now()

    @property
    def is_unassigned(self) -> bool:
        """Whether it is open and nobody's."""
        return self.is_open and self.owner_id is None

    def apply(self, values: Mapping[str, Any]) -> None:
        """Set fields and what is computed from them; nobody may become nameless."""
        for name in values.keys() - CUSTOM_COLUMNS:
            setattr(self, name, values[name])
        self.put_custom(values)
        self.email_keys, self.phone_keys = values_of(self.emails), values_of(self.phones)
        names = [self.last_name, self.first_name, self.company_name]
        if not any(names) and not self.emails and not self.phones:
            raise NamelessLeadError
        self.search_text = search_text(names, self.email_keys, self.phone_keys)
        self.weigh()
        self._watch_owner()
        if "respond_by" in values:
            # another deadline is another alarm
            self.overdue_at = None

    def weigh(self) -> None:
        """Count the points anew."""
        seen = {name: getattr(self, name) for name in LOOKED_AT}
        self.score, self.score_reasons = score_of(seen)

    def _watch_owner(self) -> None:
        # the alarm counts how long it lay with nobody, not how old it is
        if self.owner_id is not None:
            self.unassigned_since = self.unassigned_at = None
        elif self.unassigned_since is None:
            self.unassigned_since = utc_now()

    def respond(self, *, at: datetime) -> bool:
        """Note the first answer; tell whether it was the first."""
        self._must_be_open()
        if self.first_responded_at is not None:
            return False
        self.first_responded_at = at
        # one that was qualified first stays so: an answer does not throw it back
        if self.status == LeadStatus.NEW:
            self.status = LeadStatus.WORKING
        return True

    def qualify(self, *, at: datetime) -> None:
        """Say that it is worth selling to."""
        self._must_be_open()
        if self.status == LeadStatus.QUALIFIED:
            raise LeadQualifiedError(self.id)
        self.status, self.qualified_at = LeadStatus.QUALIFIED, at

    def disqualify(self, reason: str, note: str | None, *, at: datetime) -> None:
        """Say that nothing will come of it, and why."""
        self._must_be_open()
        self.status, self.disqualified_at = LeadStatus.DISQUALIFIED, at
        self.disqualify_reason, self.disqualify_note = reason, note

    def reopen(self, *, at: datetime, respond_within: timedelta) -> None:
        """Work on it again; one that nobody ever answered gets a new deadline."""
        if self.status != LeadStatus.DISQUALIFIED:
            raise LeadNotDisqualifiedError(self.id)
        self.disqualified_at = self.disqualify_reason = self.disqualify_note = None
        self.qualified_at = None
        # not new: somebody has dealt with it already, and an alarm would be noise
        self.status = LeadStatus.WORKING
        if self.first_responded_at is None:
            self.status, self.respond_by = LeadStatus.NEW, at + respond_within
            self.overdue_at = None
        if self.owner_id is None:
            self.unassigned_since, self.unassigned_at = at, None

    def convert(
        self, *, at: datetime, deal_id: UUID, contact_id: UUID | None, company_id: UUID | None
    ) -> None:
        """Become a client and a deal."""
        self._must_be_open()
        self.status, self.converted_at = LeadStatus.CONVERTED, at
        self.deal_id, self.contact_id, self.company_id = deal_id, contact_id, company_id

    def confirm(self, *, at: datetime) -> None:
        """Note that the person behind it followed the link."""
        self.awaits_confirmation, self.confirmed_at = False, at
        self.weigh()

    def _must_be_open(self) -> None:
        if not self.is_open:
            raise LeadClosedError(self.id, self.status)
