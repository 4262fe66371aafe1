"""Every table of the service, for migrations and tests."""

from crm_contacts.activities import models as activities
from crm_contacts.api_keys import models as api_keys
from crm_contacts.assignment_rules import models as assignment_rules
from crm_contacts.audit import models as audit
from crm_contacts.auth import models as auth
from crm_contacts.base import Base
from crm_contacts.calendars import models as calendars
from crm_contacts.call_lists import models as call_lists
from crm_contacts.calls import models as calls
from crm_contacts.cases import models as cases
from crm_contacts.companies import models as companies
from crm_contacts.contacts import models as contacts
from crm_contacts.customs import models as customs
from crm_contacts.duplicates import models as duplicates
from crm_contacts.erasures import models as erasures
from crm_contacts.hand_overs import models as hand_overs
from crm_contacts.imports import models as imports
from crm_contacts.inbound import models as inbound
from crm_contacts.lead_forms import models as lead_forms
from crm_contacts.leads import models as leads
from crm_contacts.merging import models as merging
from crm_contacts.notes import models as notes
from crm_contacts.person_exports import models as person_exports
from crm_contacts.purchases import models as purchases
from crm_contacts.retention import models as retention
from crm_contacts.scripts import models as scripts
from crm_contacts.search import models as search
from crm_contacts.segments import models as segments
from crm_contacts.surveys import models as surveys
from crm_contacts.task_rules import models as task_rules
from crm_contacts.tasks import models as tasks
from crm_contacts.teams import models as teams
from crm_contacts.timeline import models as timeline
from crm_contacts.users import models as users
from crm_contacts.validations import models as validations
from crm_contacts.versions import models as versions
from crm_contacts.workspace import models as workspace

__all__ = [
    "METADATA",
    "activities",
    "api_keys",
    "assignment_rules",
    "audit",
    "auth",
    "calendars",
    "call_lists",
    "calls",
    "cases",
    "companies",
    "contacts",
    "customs",
    "duplicates",
    "erasures",
    "hand_overs",
    "imports",
    "inbound",
    "lead_forms",
    "leads",
    "merging",
    "notes",
    "person_exports",
    "purchases",
    "retention",
    "scripts",
    "search",
    "segments",
    "surveys",
    "task_rules",
    "tasks",
    "teams",
    "timeline",
    "users",
    "validations",
    "versions",
    "workspace",
]

METADATA = Base.metadata
