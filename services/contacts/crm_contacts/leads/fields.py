"""What lists of leads can be filtered and sorted by."""

from datetime import datetime
from uuid import UUID

from sqlalchemy import and_, func

from crm_contacts.customs.catalogue import BOOK, SHELF
from crm_contacts.leads.models import OPEN, Lead, LeadStatus
from crm_shared.filters import Field, Fields
from crm_shared.nouns.columns import NO_TAGS
from crm_shared.nouns.listing import NounListing

# the same as the properties of the row, as SQL: never null, so that `false` finds the others
IS_OVERDUE = and_(
    Lead.status == LeadStatus.NEW, func.coalesce(Lead.respond_by <= func.now(), False)
)
IS_UNASSIGNED = and_(Lead.owner_id.is_(None), Lead.status.in_(sorted(OPEN)))

FIELDS = Fields(
    {
        "id": Field(UUID, Lead.id),
        "first_name": Field(str, Lead.first_name),
        "last_name": Field(str, Lead.last_name),
        "company_name": Field(str, Lead.company_name),
        "job_title": Field(str, Lead.job_title),
        "emails": Field(list[str], Lead.email_keys),
        "phones": Field(list[str], Lead.phone_keys),
        "language": Field(str, Lead.language),
        "owner_id": Field(UUID, Lead.owner_id),
        "team_id": Field(UUID, Lead.team_id),
        "client_class": Field(str, Lead.client_class),
        "source": Field(str, Lead.source),
        "channel": Field(str, Lead.channel),
        "campaign": Field(str, Lead.campaign),
        "do_not_call": Field(bool, Lead.do_not_call),
        "tags": Field(list[str], Lead.tags, guard=NO_TAGS),
        "form_id": Field(UUID, Lead.form_id),
        "status": Field(str, Lead.status),
        "score": Field(int, Lead.score),
        "respond_by": Field(datetime, Lead.respond_by),
        "first_responded_at": Field(datetime, Lead.first_responded_at),
        "qualified_at": Field(datetime, Lead.qualified_at),
        "converted_at": Field(datetime, Lead.converted_at),
        "disqualified_at": Field(datetime, Lead.disqualified_at),
        "disqualify_reason": Field(str, Lead.disqualify_reason),
        "awaits_confirmation": Field(bool, Lead.awaits_confirmation),
        "contact_id": Field(UUID, Lead.contact_id, merges=True),
        "company_id": Field(UUID, Lead.company_id, merges=True),
        "deal_id": Field(UUID, Lead.deal_id),
        "is_overdue": Field(bool, IS_OVERDUE),
        "is_unassigned": Field(bool, IS_UNASSIGNED),
        "source_system": Field(str, Lead.source_system),
        "external_id": Field(str, Lead.external_id),
        "created_at": Field(datetime, Lead.created_at),
        "updated_at": Field(datetime, Lead.updated_at),
    }
)
SORT = ("created_at", "updated_at", "last_name", "score", "respond_by")
LISTING = NounListing(
    FIELDS,
    sort=SORT,
    default="-created_at",
    noun="lead",
    model=Lead,
    book=BOOK,
    shelf=SHELF,
)
