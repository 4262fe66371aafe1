"""Taking an import back: what it made is put away, what it changed gets its former values."""

from collections.abc import Mapping
from typing import Any

from crm_contacts.activities import use_cases as activities
from crm_contacts.activities.models import Activity, ActivityStatus
from crm_contacts.cases.models import Case
from crm_contacts.cases.use_cases import announcements as case_words
from crm_contacts.cases.use_cases import writing as cases
from crm_contacts.companies import use_cases as companies
from crm_contacts.companies.models import Company
from crm_contacts.companies.queries import ancestors
from crm_contacts.contacts import use_cases as contacts
from crm_contacts.contacts.models import Contact
from crm_contacts.events import (
    ActivityFacts,
    ActivityUpdated,
    CaseUpdated,
    CompanyFacts,
    ContactFacts,
    LeadUpdated,
    TaskFacts,
    TaskUpdated,
)
from crm_contacts.leads import use_cases as leads
from crm_contacts.leads.models import Lead
from crm_contacts.leads.use_cases.announcements import said
from crm_contacts.tasks import use_cases as tasks
from crm_contacts.tasks.models import Task, TaskStatus
from crm_contacts.versions.use_cases import announce, changes_told
from crm_shared.clock import utc_now
from crm_shared.db import aliases
from crm_shared.events import outbox
from crm_shared.imports.nouns import Desk, Undoing

Values = Mapping[str, Any]


async def remove_company(desk: Desk, row: Company) -> None:
    await companies.delete_company(desk.session, row)


async def put_company_back(desk: Desk, row: Company, before: Values) -> None:
    above = before.get("parent_id")
    if above is not None:
        await aliases.hold(desk.session)
        # the former parent may stand under it by now: a ring has no end to walk up to
        if row.id in await ancestors(desk.session, above):
            before = {name: value for name, value in before.items() if name != "parent_id"}
    _set(row, before)
    if changes := changes_told(row, CompanyFacts):
        await announce(desk.session, row, companies.updated(row, changes))


async def remove_contact(desk: Desk, row: Contact) -> None:
    await contacts.delete_contact(desk.session, row)


async def put_contact_back(desk: Desk, row: Contact, before: Values) -> None:
    _set(row, before)
    changes = changes_told(row, ContactFacts)
    await announce(desk.session, row, contacts.updated(row, changes))


async def remove_lead(desk: Desk, row: Lead) -> None:
    await leads.delete_lead(desk.session, row)


async def put_lead_back(desk: Desk, row: Lead, before: Values) -> None:
    _set(row, before)
    await announce(desk.session, row, said(LeadUpdated, row))


async def remove_task(desk: Desk, row: Task) -> None:
    """Call a task off: tasks are never deleted. One that was done stays as it is."""
    if row.status == TaskStatus.OPEN:
        await tasks.cancel_task(desk.session, row)


async def put_task_back(desk: Desk, row: Task, before: Values) -> None:
    _set(row, before)
    row.look_forward(after=utc_now())
    changes = outbox.changes_of(row, TaskFacts)
    event = TaskUpdated(
        task=tasks.facts_of(row), changed=changes.changed, previous=changes.previous
    )
    await outbox.record(desk.session, row, event)


async def remove_activity(desk: Desk, row: Activity) -> None:
    """Call an activity off: activities are never deleted. One that took place stays."""
    if row.status == ActivityStatus.PLANNED:
        await activities.cancel_activity(desk.session, row)


async def put_activity_back(desk: Desk, row: Activity, before: Values) -> None:
    _set(row, before)
    row.look_forward(after=utc_now())
    changes = outbox.changes_of(row, ActivityFacts)
    event = ActivityUpdated(
        activity=activities.facts_of(row), changed=changes.changed, previous=changes.previous
    )
    await outbox.record(desk.session, row, event)


async def remove_case(desk: Desk, row: Case) -> None:
    await cases.delete_case(desk.session, row)


async def put_case_back(desk: Desk, row: Case, before: Values) -> None:
    _set(row, before)
    await announce(desk.session, row, case_words.said(CaseUpdated, row))


COMPANY = Undoing(Company, remove_company, put_company_back)
CONTACT = Undoing(Contact, remove_contact, put_contact_back)
LEAD = Undoing(Lead, remove_lead, put_lead_back)
TASK = Undoing(Task, remove_task, put_task_back)
ACTIVITY = Undoing(Activity, remove_activity, put_activity_back)
CASE = Undoing(Case, remove_case, put_case_back)


def _set(row: Any, before: Values) -> None:
    for name, value in before.items():
        setattr(row, name, value)
