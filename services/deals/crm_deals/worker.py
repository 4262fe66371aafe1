"""The worker process of the deals service."""

from crm_deals.approvals.jobs import JOBS as APPROVALS
from crm_deals.board.jobs import JOBS as BOARD
from crm_deals.consumers import SUBSCRIPTIONS
from crm_deals.consumers.repairs import JOBS as PLANS
from crm_deals.deal_rules.jobs import JOBS as DEAL_RULES
from crm_deals.deals.jobs import JOBS as DEALS
from crm_deals.imports.jobs import JOBS as IMPORTS
from crm_deals.invoices.jobs import JOBS as INVOICES
from crm_deals.persons.jobs import erase_again
from crm_deals.pipelines.jobs import set_up_first_pipeline
from crm_deals.product_wishes.jobs import JOBS as WISHES
from crm_deals.quotes.jobs import JOBS as QUOTES
from crm_deals.refs import REFS
from crm_deals.retention.catalogue import KEEPING
from crm_shared.worker import Job, WorkerParts

PARTS = WorkerParts(
    subscriptions=SUBSCRIPTIONS,
    jobs=[
        Job("first-pipeline", 3600.0, set_up_first_pipeline),
        *DEALS,
        *BOARD,
        *INVOICES,
        *QUOTES,
        *WISHES,
        *IMPORTS,
        *APPROVALS,
        *DEAL_RULES,
        *PLANS,
        Job("erasures-again", 600.0, erase_again),
        KEEPING.job(),
    ],
    refs=REFS,
)
