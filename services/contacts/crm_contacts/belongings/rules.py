"""Which nouns have owners, and which of their rows still ask for somebody's work."""

from typing import Any

from sqlalchemy import ColumnElement, true

from crm_contacts.activities.models import Activity, ActivityStatus
from crm_contacts.call_lists.models import CallList
from crm_contacts.call_lists.rules import ListStatus
from crm_contacts.cases.models import Case
from crm_contacts.cases.rules import WORKED_ON
from crm_contacts.companies.models import Company
from crm_contacts.contacts.models import Contact
from crm_contacts.lead_forms.models import LeadForm
from crm_contacts.leads.models import OPEN, Lead
from crm_contacts.segments.models import Segment
from crm_contacts.tasks.models import Task, TaskStatus

Owned = Contact | Company | Lead | Task | Activity | LeadForm | Case | Segment | CallList
MODELS: dict[str, type[Any]] = {
    "contact": Contact,
    "company": Company,
    "lead": Lead,
    "task": Task,
    "activity": Activity,
    "lead_form": LeadForm,
    "case": Case,
    "segment": Segment,
    "call_list": CallList,
}


def owner_column(model: type[Owned]) -> Any:
    """Return the column that says whose a row is."""
    return model.assignee_id if issubclass(model, Task | Activity) else model.owner_id


def still_open(model: type[Owned]) -> ColumnElement[bool]:
    """Return the condition under which somebody has to go on with a row."""
    if issubclass(model, Lead):
        return Lead.status.in_(sorted(OPEN))
    if issubclass(model, Task):
        return Task.status == TaskStatus.OPEN
    if issubclass(model, Activity):
        return Activity.status == ActivityStatus.PLANNED
    if issubclass(model, Case):
        return Case.status.in_(sorted(WORKED_ON))
    if issubclass(model, CallList):
        return CallList.status != ListStatus.CLOSED
    return true()
