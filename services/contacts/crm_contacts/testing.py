"""Ready rows for tests and seeds, and the settings that only contacts needs."""

import json
from datetime import timedelta
from typing import Any
from uuid import UUID

from argon2 import PasswordHasher

from crm_contacts.activities.models import Activity
from crm_contacts.activities.use_cases import new_activity
from crm_contacts.calls.models import Call
from crm_contacts.calls.use_cases import new_call
from crm_contacts.cases.models import Case
from crm_contacts.cases.use_cases.writing import new_case
from crm_contacts.companies.models import Company
from crm_contacts.companies.use_cases import new_company
from crm_contacts.contacts.models import Contact
from crm_contacts.contacts.use_cases import new_contact
from crm_contacts.lead_forms.models import LeadForm
from crm_contacts.lead_forms.use_cases import new_lead_form
from crm_contacts.leads.models import Lead
from crm_contacts.leads.use_cases import Terms, new_lead
from crm_contacts.notes.models import Note
from crm_contacts.notes.use_cases import new_note
from crm_contacts.task_rules.models import TaskRule
from crm_contacts.tasks.models import Task
from crm_contacts.tasks.use_cases import new_task
from crm_contacts.teams.models import Team
from crm_contacts.teams.use_cases import new_team
from crm_contacts.users.models import User
from crm_contacts.users.use_cases import new_user
from crm_shared.clock import utc_now
from crm_shared.ids import new_id
from crm_shared.testing.servers import signing_key

# the tests themselves stand where the proxy does
SETTINGS = {"signing_key": json.dumps(signing_key()), "trusted_proxies": "127.0.0.1"}
PASSWORD = "three green apples"  # noqa: S105 - known to every test
REGION = "UA"
LEAD_TERMS = Terms(region=REGION, respond_within=timedelta(hours=1))

# cheap on purpose: the hash itself says how it was made, so checking it is cheap too
_quick = PasswordHasher(time_cost=1, memory_cost=8, parallelism=1)


def make_user(name: str = "Оксана Бондар", **values: Any) -> User:
    """A user who can sign in with PASSWORD when he has an e-mail address."""
    given = {"role": "seller", "password_hash": _quick.hash(PASSWORD), "revision": 1, **values}
    return new_user({"name": name, **given})


def make_team(name: str = "Захід", **values: Any) -> Team:
    """A team."""
    return new_team({"name": name, "revision": 1, **values})


def make_company(name: str = "Рога та копита", **values: Any) -> Company:
    """A company, addresses normalised."""
    return new_company({"name": name, "revision": 1, **values}, region=REGION)


def make_contact(last_name: str | None = "Шевченко", **values: Any) -> Contact:
    """A contact, addresses normalised."""
    return new_contact({"last_name": last_name, "revision": 1, **values}, region=REGION)


def make_lead(last_name: str | None = "Стус", **values: Any) -> Lead:
    """A new lead, addresses normalised, to be answered within an hour."""
    return new_lead({"last_name": last_name, "revision": 1, **values}, terms=LEAD_TERMS)


def make_lead_form(name: str = "Contact us", **values: Any) -> tuple[LeadForm, str]:
    """A web form and its key."""
    return new_lead_form({"name": name, "revision": 1, **values})


def make_task(title: str = "Зателефонувати", **values: Any) -> Task:
    """An open task."""
    return new_task({"title": title, "revision": 1, **values})


def make_activity(**values: Any) -> Activity:
    """A planned call."""
    return new_activity({"kind": "call", "subject": "Обговорити ціну", "revision": 1, **values})


def make_promise(**values: Any) -> Activity:
    """A call that was promised for an hour from now."""
    given = {"is_promise": True, "channel": "phone", "due_at": utc_now() + timedelta(hours=1)}
    return make_activity(**{**given, **values})


def make_call(**values: Any) -> Call:
    """A call of a client that somebody answered."""
    standard = {
        "direction": "inbound",
        "from_number": "067 123 45 67",
        "to_number": "101",
        "answered": True,
        "started_at": utc_now() - timedelta(minutes=5),
        "duration_s": 60,
        "revision": 1,
    }
    return new_call({**standard, **values}, region=REGION)


def make_note(text: str = "Любить каву", **values: Any) -> Note:
    """A note of somebody about some contact."""
    given = {"author_id": new_id(), "contact_id": new_id(), "revision": 1, **values}
    return new_note({"text": text, **given})


def make_template(**values: Any) -> dict[str, Any]:
    """A task template as a rule keeps it: a call within two days, for the owner."""
    standard = {
        "title": {"en": "Call the client", "uk": "Зателефонувати клієнту"},
        "kind": "call",
        "due_in_s": timedelta(days=2).total_seconds(),
        "assignee": "owner",
        "priority": "normal",
    }
    return {**standard, **values}


def make_rule(*templates: dict[str, Any], **values: Any) -> TaskRule:
    """An active rule for stage changes, in force for an hour already."""
    standard = {
        "name": "After a move",
        "event_type": "crm.deals.deal.stage_changed.v1",
        "conditions": {},
        "is_active": True,
        "active_from": utc_now() - timedelta(hours=1),
        "on_bulk": False,
        "priority": 0,
        "close_open_tasks_of_left_stage": False,
        "revision": 1,
    }
    given = {"tasks": list(templates) or [make_template()], **standard, **values}
    return TaskRule(id=new_id(), created_at=utc_now(), **given)


def entering(stage_id: UUID) -> dict[str, Any]:
    """The condition that a deal enters this stage."""
    return {"field": "to_stage.id", "op": "eq", "value": str(stage_id)}


def make_case(subject: str = "Стілець хитається", **values: Any) -> Case:
    """A support case without limits."""
    return new_case({"subject": subject, "number": 1, "revision": 1, **values})
