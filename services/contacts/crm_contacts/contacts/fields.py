"""What lists of contacts can be filtered and sorted by."""

from datetime import date, datetime
from uuid import UUID

from sqlalchemy import ColumnElement, or_, select

from crm_contacts.activities.models import Activity, ActivityStatus
from crm_contacts.calls.models import Call
from crm_contacts.contacts.models import Contact
from crm_contacts.customs.catalogue import BOOK, SHELF
from crm_contacts.purchases.fields import (
    contacted_fields,
    figure_fields,
    purchase_fields,
    years_since,
)
from crm_contacts.purchases.models import CustomerDeal
from crm_contacts.segments.queries import segments_of
from crm_contacts.tasks.models import Task, TaskStatus
from crm_shared.db.infrastructure import ALIASES
from crm_shared.filters import Field, Fields
from crm_shared.nouns.listing import NounListing


def _with_an_open(
    model: type[Task] | type[Activity], status: TaskStatus | ActivityStatus
) -> ColumnElement[bool]:
    """Something to be done about the person, or about a record that was merged into his."""
    merged = select(ALIASES.c.loser_id).where(ALIASES.c.survivor_id == Contact.id)
    is_open = model.status == status
    return or_(
        select(model.id).where(model.contact_id == Contact.id, is_open).exists(),
        merged.join(model, model.contact_id == ALIASES.c.loser_id).where(is_open).exists(),
    )


# Somebody has something to do about the person, or has planned to meet him.
HAS_NEXT_STEP = or_(
    _with_an_open(Task, TaskStatus.OPEN), _with_an_open(Activity, ActivityStatus.PLANNED)
)

FIELDS = Fields(
    {
        "id": Field(UUID, Contact.id),
        "first_name": Field(str, Contact.first_name),
        "last_name": Field(str, Contact.last_name),
        "job_title": Field(str, Contact.job_title),
        "company_id": Field(UUID, Contact.company_id, merges=True),
        "owner_id": Field(UUID, Contact.owner_id),
        "team_id": Field(UUID, Contact.team_id),
        "client_class": Field(str, Contact.client_class),
        "lifecycle_stage": Field(str, Contact.lifecycle_stage),
        "source": Field(str, Contact.source),
        "channel": Field(str, Contact.channel),
        "language": Field(str, Contact.language),
        "time_zone": Field(str, Contact.time_zone),
        "birth_date": Field(date, Contact.birth_date),
        "age": Field(int, years_since(Contact.birth_date)),
        "sex": Field(str, Contact.sex),
        "country": Field(str, Contact.country),
        "city": Field(str, Contact.city),
        "district": Field(str, Contact.district),
        "income_band": Field(str, Contact.income_band),
        "education": Field(str, Contact.education),
        "marital_status": Field(str, Contact.marital_status),
        "occupation": Field(str, Contact.occupation),
        **purchase_fields(Contact.id, CustomerDeal.contact_id),
        **figure_fields(Contact.id),
        **contacted_fields(Contact.id, activity=Activity.contact_id, call=Call.contact_id),
        "segment_ids": Field(list[UUID], segments_of(Contact.id)),
        "do_not_call": Field(bool, Contact.do_not_call),
        "is_key": Field(bool, Contact.is_key),
        "restricted_at": Field(datetime, Contact.restricted_at),
        "has_next_step": Field(bool, HAS_NEXT_STEP),
        "tags": Field(list[str], Contact.tags),
        "emails": Field(list[str], Contact.email_keys),
        "phones": Field(list[str], Contact.phone_keys),
        "source_system": Field(str, Contact.source_system),
        "external_id": Field(str, Contact.external_id),
        "created_at": Field(datetime, Contact.created_at),
        "updated_at": Field(datetime, Contact.updated_at),
    }
)
SORT = ("created_at", "updated_at", "last_name")
LISTING = NounListing(
    FIELDS,
    sort=SORT,
    default="-created_at",
    noun="contact",
    model=Contact,
    book=BOOK,
    shelf=SHELF,
)
