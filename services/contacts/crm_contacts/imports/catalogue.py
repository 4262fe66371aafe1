"""What rows can become here."""

from crm_contacts.companies.models import Company
from crm_contacts.contacts.models import Contact
from crm_contacts.customs.catalogue import BOOK
from crm_contacts.imports.models import TABLES
from crm_contacts.imports.queries import CASE_KEYS, FINDERS, keys_of
from crm_contacts.imports.use_cases import cases, clients, leads, undoing, work
from crm_contacts.leads.models import Lead
from crm_contacts.permissions import (
    WRITE_ACTIVITIES,
    WRITE_CASES,
    WRITE_COMPANIES,
    WRITE_CONTACTS,
    WRITE_LEADS,
    WRITE_TASKS,
    WRITE_TEAMS,
    WRITE_USERS,
)
from crm_shared.imports.nouns import DAY, FLAG, MOMENT, NUMBER, TEXT, Field, Noun, reference
from crm_shared.imports.room import ImportRoom
from crm_shared.nouns.importing import custom_fields

TEXTS = Field(many=True)
ADDRESSES = Field(many=True, key="value")

USER = Noun(
    name="user",
    permission=WRITE_USERS,
    fields={
        "name": TEXT,
        "email": TEXT,
        "role": TEXT,
        "team_ids": reference("team", many=True),
        "language": TEXT,
        "is_active": FLAG,
    },
    required=frozenset({"name", "role"}),
    check=clients.check_user,
    write=clients.write_users,
    finders=FINDERS,
)
TEAM = Noun(
    name="team",
    permission=WRITE_TEAMS,
    fields={"name": TEXT, "head_id": reference("user"), "parent_id": reference("team")},
    required=frozenset({"name"}),
    check=clients.check_team,
    write=clients.write_teams,
    finders=FINDERS,
)
COMPANY = Noun(
    name="company",
    permission=WRITE_COMPANIES,
    fields={
        **dict.fromkeys(
            ("name", "sector", "country", "city", "address", "website", "source"), TEXT
        ),
        "kinds": TEXTS,
        "tags": TEXTS,
        "do_not_call": FLAG,
        "founded_year": NUMBER,
        "employees": NUMBER,
        "revenue": NUMBER,
        "parent_id": reference("company"),
        "owner_id": reference("user"),
        "team_id": reference("team"),
        "emails": ADDRESSES,
        "phones": ADDRESSES,
        "created_at": MOMENT,
    },
    required=frozenset({"name"}),
    check=clients.check_company,
    write=clients.COMPANIES.write,
    finders=FINDERS,
    keys=keys_of(Company),
    undoing=undoing.COMPANY,
    more=custom_fields(BOOK, "company", FINDERS),
)
# nothing is required: a name, an address or a number will do, and the check asks for one of them
CONTACT = Noun(
    name="contact",
    permission=WRITE_CONTACTS,
    fields={
        **dict.fromkeys(("first_name", "middle_name", "last_name", "job_title"), TEXT),
        **dict.fromkeys(("lifecycle_stage", "source", "channel", "language", "time_zone"), TEXT),
        **dict.fromkeys(("sex", "country", "city", "district", "occupation"), TEXT),
        **dict.fromkeys(("income_band", "education", "marital_status"), TEXT),
        "birth_date": DAY,
        "do_not_call": FLAG,
        "tags": TEXTS,
        "company_id": reference("company"),
        "owner_id": reference("user"),
        "team_id": reference("team"),
        "emails": ADDRESSES,
        "phones": ADDRESSES,
        "created_at": MOMENT,
    },
    required=frozenset(),
    check=clients.check_contact,
    write=clients.CONTACTS.write,
    finders=FINDERS,
    keys=keys_of(Contact),
    undoing=undoing.CONTACT,
    more=custom_fields(BOOK, "contact", FINDERS),
)
LEAD = Noun(
    name="lead",
    permission=WRITE_LEADS,
    fields={
        **dict.fromkeys(("first_name", "last_name", "company_name", "job_title", "note"), TEXT),
        **dict.fromkeys(("source", "channel", "campaign", "language"), TEXT),
        "do_not_call": FLAG,
        "tags": TEXTS,
        "owner_id": reference("user"),
        "team_id": reference("team"),
        "emails": ADDRESSES,
        "phones": ADDRESSES,
        "created_at": MOMENT,
    },
    required=frozenset(),
    check=leads.check_lead,
    write=leads.write_leads,
    finders=FINDERS,
    keys=keys_of(Lead),
    undoing=undoing.LEAD,
    more=custom_fields(BOOK, "lead", FINDERS),
)
ABOUT = {
    "contact_id": reference("contact"),
    "company_id": reference("company"),
    "deal_id": reference("deal"),
    "assignee_id": reference("user"),
    "team_id": reference("team"),
}
TASK = Noun(
    name="task",
    permission=WRITE_TASKS,
    fields={
        "title": TEXT,
        "kind": TEXT,
        "priority": TEXT,
        "due_at": MOMENT,
        "is_done": FLAG,
        "completed_at": MOMENT,
        "created_at": MOMENT,
        "lead_id": reference("lead"),
        **ABOUT,
    },
    required=frozenset({"title"}),
    check=work.check_task,
    write=work.write_tasks,
    finders=FINDERS,
    undoing=undoing.TASK,
)
ACTIVITY = Noun(
    name="activity",
    permission=WRITE_ACTIVITIES,
    fields={
        **dict.fromkeys(("kind", "subject", "direction", "status", "outcome", "channel"), TEXT),
        **dict.fromkeys(("due_at", "started_at", "completed_at"), MOMENT),
        "duration_s": NUMBER,
        "lead_id": reference("lead"),
        **ABOUT,
    },
    required=frozenset({"kind"}),
    check=work.check_activity,
    write=work.write_activities,
    finders=FINDERS,
    undoing=undoing.ACTIVITY,
)
CASE = Noun(
    name="case",
    permission=WRITE_CASES,
    fields={
        **dict.fromkeys(("subject", "description", "channel", "topic", "priority"), TEXT),
        **dict.fromkeys(("status", "outcome"), TEXT),
        "tags": TEXTS,
        "created_at": MOMENT,
        "solved_at": MOMENT,
        **{name: one for name, one in ABOUT.items() if name != "assignee_id"},
        "owner_id": reference("user"),
        "queue_id": reference("case_queue"),
    },
    required=frozenset({"subject"}),
    check=cases.check_case,
    write=cases.write_cases,
    finders=FINDERS,
    keys=CASE_KEYS,
    undoing=undoing.CASE,
    more=custom_fields(BOOK, "case", FINDERS),
)
ROOM = ImportRoom(TABLES, [USER, TEAM, COMPANY, CONTACT, LEAD, TASK, ACTIVITY, CASE])
