"""What the worker of the service runs."""

from crm_reporting.alarms.jobs import JOBS as ALARMS
from crm_reporting.consumers import SUBSCRIPTIONS
from crm_reporting.consumers.jobs import repair_gaps, watch_streams
from crm_reporting.custom_metrics.jobs import JOBS as CUSTOM_METRICS
from crm_reporting.customers.jobs import JOBS as CUSTOMERS
from crm_reporting.effect.jobs import JOBS as EFFECT
from crm_reporting.persons.jobs import erase_again
from crm_reporting.persons.queries import person_refs
from crm_reporting.rebuilds.jobs import run_waiting
from crm_reporting.schedules.jobs import send_due_reports
from crm_reporting.summaries.jobs import JOBS as SUMMARIES
from crm_shared.worker import Job, WorkerParts

PARTS = WorkerParts(
    subscriptions=SUBSCRIPTIONS,
    jobs=[
        Job("stream-watch", 2.0, watch_streams),
        Job("gap-repair", 15.0, repair_gaps),
        Job("rebuild", 2.0, run_waiting),
        Job("due-reports", 30.0, send_due_reports),
        Job("erasures-again", 600.0, erase_again),
        *CUSTOMERS,
        *EFFECT,
        *ALARMS,
        *CUSTOM_METRICS,
        *SUMMARIES,
    ],
    refs={"person": person_refs},
)
