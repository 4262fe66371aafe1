"""What lists of companies can be filtered and sorted by."""

from datetime import datetime
from decimal import Decimal
from uuid import UUID

from crm_contacts.activities.models import Activity
from crm_contacts.calls.models import Call
from crm_contacts.companies.models import Company
from crm_contacts.customs.catalogue import BOOK, SHELF
from crm_contacts.purchases.fields import contacted_fields, figure_fields, purchase_fields
from crm_contacts.purchases.models import CustomerDeal
from crm_contacts.segments.queries import segments_of
from crm_shared.filters import Field, Fields
from crm_shared.nouns.listing import NounListing

FIELDS = Fields(
    {
        "id": Field(UUID, Company.id),
        "name": Field(str, Company.name),
        "kinds": Field(list[str], Company.kinds),
        "sector": Field(str, Company.sector),
        "country": Field(str, Company.country),
        "city": Field(str, Company.city),
        "website": Field(str, Company.website),
        "founded_year": Field(int, Company.founded_year),
        "employees": Field(int, Company.employees),
        "revenue": Field(Decimal, Company.revenue),
        "parent_id": Field(UUID, Company.parent_id, merges=True),
        "owner_id": Field(UUID, Company.owner_id),
        "team_id": Field(UUID, Company.team_id),
        "client_class": Field(str, Company.client_class),
        "source": Field(str, Company.source),
        "lifecycle_stage": Field(str, Company.lifecycle_stage),
        **purchase_fields(Company.id, CustomerDeal.company_id),
        **figure_fields(Company.id),
        **contacted_fields(Company.id, activity=Activity.company_id, call=Call.company_id),
        "segment_ids": Field(list[UUID], segments_of(Company.id)),
        "do_not_call": Field(bool, Company.do_not_call),
        "is_key": Field(bool, Company.is_key),
        "tags": Field(list[str], Company.tags),
        "emails": Field(list[str], Company.email_keys),
        "phones": Field(list[str], Company.phone_keys),
        "source_system": Field(str, Company.source_system),
        "external_id": Field(str, Company.external_id),
        "created_at": Field(datetime, Company.created_at),
        "updated_at": Field(datetime, Company.updated_at),
    }
)
SORT = ("created_at", "updated_at", "name", "revenue", "employees")
LISTING = NounListing(
    FIELDS,
    sort=SORT,
    default="-created_at",
    noun="company",
    model=Company,
    book=BOOK,
    shelf=SHELF,
)
