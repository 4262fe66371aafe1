"""What rows can become here."""

from crm_contacts.customs.catalogue import BOOK
from crm_contacts.imports import use_cases
from crm_contacts.imports.models import TABLES
from crm_contacts.imports.queries import FINDERS
from crm_contacts.permissions import WRITE_COMPANIES, WRITE_CONTACTS, WRITE_TEAMS, WRITE_USERS
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
    check=use_cases.check_user,
    write=use_cases.write_users,
    finders=FINDERS,
)
TEAM = Noun(
    name="team",
    permission=WRITE_TEAMS,
    fields={"name": TEXT, "head_id": reference("user"), "parent_id": reference("team")},
    required=frozenset({"name"}),
    check=use_cases.check_team,
    write=use_cases.write_teams,
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
    check=use_cases.check_company,
    write=use_cases.COMPANIES.write,
    finders=FINDERS,
    more=custom_fields(BOOK, "company", FINDERS),
)
CONTACT = Noun(
    name="contact",
    permission=WRITE_CONTACTS,
    fields={
        **dict.fromkeys(("first_name", "middle_name", "last_name", "job_title"), TEXT),
        **dict.fromkeys(("lifecycle_stage", "source", "channel", "language"), TEXT),
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
    check=use_cases.check_contact,
    write=use_cases.CONTACTS.write,
    finders=FINDERS,
    more=custom_fields(BOOK, "contact", FINDERS),
)
ROOM = ImportRoom(TABLES, [USER, TEAM, COMPANY, CONTACT])
