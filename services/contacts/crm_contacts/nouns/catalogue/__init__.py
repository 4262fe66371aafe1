"""The nouns of this service: where they hang, what they are made of, who may see them."""

from crm_contacts.activities.fields import LISTING as ACTIVITY_LISTING
from crm_contacts.activities.models import Activity
from crm_contacts.activities.queries import visible_activities
from crm_contacts.activities.schemas import ActivityChangeIn, ActivityIn, ActivityOut
from crm_contacts.cases.fields import LISTING as CASE_LISTING
from crm_contacts.cases.models import Case
from crm_contacts.cases.queries import visible_cases
from crm_contacts.cases.schemas import CaseChangeIn, CaseIn, CaseOut
from crm_contacts.companies.fields import LISTING as COMPANY_LISTING
from crm_contacts.companies.models import Company
from crm_contacts.companies.queries import visible_companies
from crm_contacts.companies.schemas import CompanyChangeIn, CompanyIn, CompanyOut
from crm_contacts.contacts.fields import LISTING as CONTACT_LISTING
from crm_contacts.contacts.models import Contact
from crm_contacts.contacts.queries import visible_contacts
from crm_contacts.contacts.schemas import ContactChangeIn, ContactIn, ContactOut
from crm_contacts.customs.catalogue import BOOK, SHELF
from crm_contacts.events import (
    CustomFieldCreated,
    CustomFieldDeleted,
    CustomFieldRestored,
    CustomFieldUpdated,
    SavedViewCreated,
    SavedViewDeleted,
    SavedViewUpdated,
)
from crm_contacts.leads.fields import LISTING as LEAD_LISTING
from crm_contacts.leads.models import Lead
from crm_contacts.leads.queries import visible_leads
from crm_contacts.leads.schemas import LeadChangeIn, LeadIn, LeadOut
from crm_contacts.nouns.catalogue.labels import LABELS
from crm_contacts.nouns.use_cases import (
    announce_cases,
    announce_companies,
    announce_contacts,
    announce_leads,
)
from crm_contacts.permissions import (
    READ_ACTIVITIES,
    READ_CASES,
    READ_COMPANIES,
    READ_CONTACTS,
    READ_LEADS,
    READ_TASKS,
    WRITE_ACTIVITIES,
    WRITE_CASES,
    WRITE_COMPANIES,
    WRITE_CONTACTS,
    WRITE_FIELDS,
    WRITE_LEADS,
    WRITE_TASKS,
)
from crm_contacts.tasks.fields import LISTING as TASK_LISTING
from crm_contacts.tasks.models import Task
from crm_contacts.tasks.queries import visible_tasks
from crm_contacts.tasks.schemas import TaskChangeIn, TaskIn, TaskOut
from crm_contacts.validations.statements import raise_mark
from crm_shared.nouns.definitions import FieldEvents
from crm_shared.nouns.room import Noun, NounRoom
from crm_shared.nouns.views import ViewEvents

REACHED = frozenset({"emails", "phones"})
NAMED = frozenset({"first_name", "middle_name", "last_name", "job_title", "birth_date", "utm"})
PORTRAYED = frozenset(
    {
        "sex",
        "age",
        "country",
        "city",
        "district",
        "income_band",
        "education",
        "marital_status",
        "occupation",
    }
)
OWNED = {"owner_id": "user", "team_id": "team"}
ABOUT = {
    "assignee_id": "user",
    "team_id": "team",
    "contact_id": "contact",
    "company_id": "company",
    "deal_id": "deal",
    "lead_id": "lead",
}
CONTACTS = Noun(
    name="contact",
    path="/v1/contacts",
    model=Contact,
    listing=CONTACT_LISTING,
    read=READ_CONTACTS,
    write=WRITE_CONTACTS,
    visible=visible_contacts,
    shown=ContactOut,
    taken=ContactIn,
    changed=ContactChangeIn,
    personal=REACHED | NAMED | PORTRAYED,
    references={**OWNED, "company_id": "company"},
    announce=announce_contacts,
    may_change=Contact.restricted_at.is_(None),
)
COMPANIES = Noun(
    name="company",
    path="/v1/companies",
    model=Company,
    listing=COMPANY_LISTING,
    read=READ_COMPANIES,
    write=WRITE_COMPANIES,
    visible=visible_companies,
    shown=CompanyOut,
    taken=CompanyIn,
    changed=CompanyChangeIn,
    personal=REACHED | {"name", "city", "address", "website"},
    references={**OWNED, "parent_id": "company"},
    announce=announce_companies,
)
LEADS = Noun(
    name="lead",
    path="/v1/leads",
    model=Lead,
    listing=LEAD_LISTING,
    read=READ_LEADS,
    write=WRITE_LEADS,
    visible=visible_leads,
    shown=LeadOut,
    taken=LeadIn,
    changed=LeadChangeIn,
    personal=REACHED | NAMED | {"company_name", "note", "campaign", "disqualify_note"},
    references={
        **OWNED,
        "contact_id": "contact",
        "company_id": "company",
        "deal_id": "deal",
        "form_id": "lead_form",
    },
    announce=announce_leads,
)
TASKS = Noun(
    name="task",
    path="/v1/tasks",
    model=Task,
    listing=TASK_LISTING,
    read=READ_TASKS,
    write=WRITE_TASKS,
    visible=visible_tasks,
    shown=TaskOut,
    taken=TaskIn,
    changed=TaskChangeIn,
    personal=frozenset({"title"}),
    references={**ABOUT, "rule_id": "task_rule"},
    is_customised=False,
)
ACTIVITIES = Noun(
    name="activity",
    path="/v1/activities",
    model=Activity,
    listing=ACTIVITY_LISTING,
    read=READ_ACTIVITIES,
    write=WRITE_ACTIVITIES,
    visible=visible_activities,
    shown=ActivityOut,
    taken=ActivityIn,
    changed=ActivityChangeIn,
    personal=frozenset({"subject"}),
    references=ABOUT,
    is_customised=False,
)
CASES = Noun(
    name="case",
    path="/v1/cases",
    model=Case,
    listing=CASE_LISTING,
    read=READ_CASES,
    write=WRITE_CASES,
    visible=visible_cases,
    shown=CaseOut,
    taken=CaseIn,
    changed=CaseChangeIn,
    personal=frozenset({"subject", "description"}),
    references={
        **OWNED,
        "contact_id": "contact",
        "company_id": "company",
        "deal_id": "deal",
        "queue_id": "case_queue",
        "solved_by_id": "user",
        "escalated_to_id": "user",
        "merged_into_id": "case",
    },
    announce=announce_cases,
)
ROOM = NounRoom(
    nouns=[CONTACTS, COMPANIES, LEADS, TASKS, ACTIVITIES, CASES],
    book=BOOK,
    shelf=SHELF,
    field_events=FieldEvents(
        created=CustomFieldCreated,
        updated=CustomFieldUpdated,
        deleted=CustomFieldDeleted,
        restored=CustomFieldRestored,
    ),
    view_events=ViewEvents(
        created=SavedViewCreated, updated=SavedViewUpdated, deleted=SavedViewDeleted
    ),
    configure=WRITE_FIELDS,
    labels=LABELS,
    references=frozenset({"user", "team", "contact", "company", "lead", "deal", "product"}),
    field_changed=raise_mark,
)
