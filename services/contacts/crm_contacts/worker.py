"""What the contacts worker runs."""

from crm_contacts.activities.jobs import JOBS as ACTIVITIES
from crm_contacts.api_keys.jobs import JOBS as API_KEYS
from crm_contacts.auth.jobs import forget, make_first_admin
from crm_contacts.call_lists.jobs import JOBS as CALL_LISTS
from crm_contacts.cases.jobs import JOBS as CASES
from crm_contacts.consumers import SUBSCRIPTIONS
from crm_contacts.consumers.repairs import JOBS as REPAIRS
from crm_contacts.duplicates.jobs import JOBS as DUPLICATES
from crm_contacts.erasures.jobs import JOBS as ERASURES
from crm_contacts.hand_overs.jobs import JOBS as HAND_OVERS
from crm_contacts.imports.jobs import JOBS as IMPORTS
from crm_contacts.lead_forms.jobs import forget_visitors
from crm_contacts.leads.jobs import warn_of_overdue, warn_of_unassigned
from crm_contacts.person_exports.jobs import JOBS as PERSON_EXPORTS
from crm_contacts.refs import REFS
from crm_contacts.reminders.jobs import JOBS as REMINDERS
from crm_contacts.retention.catalogue import KEEPING
from crm_contacts.search.jobs import JOBS as SEARCH
from crm_contacts.segments.jobs import JOBS as SEGMENTS
from crm_shared.worker import Job, WorkerParts

PARTS = WorkerParts(
    subscriptions=SUBSCRIPTIONS,
    jobs=[
        # once is enough, but a database that is away at the start must not end the attempt
        Job("first-admin", 15.0, make_first_admin),
        Job("sign-in-forgetting", 3600.0, forget),
        Job("leads-overdue", 15.0, warn_of_overdue),
        Job("leads-unassigned", 30.0, warn_of_unassigned),
        Job("lead-forms-forgetting", 600.0, forget_visitors),
        *IMPORTS,
        *ACTIVITIES,
        *CASES,
        *API_KEYS,
        *DUPLICATES,
        *ERASURES,
        *PERSON_EXPORTS,
        *HAND_OVERS,
        *SEARCH,
        *SEGMENTS,
        KEEPING.job(),
        *CALL_LISTS,
        *REMINDERS,
        *REPAIRS,
    ],
    refs=REFS,
)
