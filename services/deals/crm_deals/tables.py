"""Every table of the service, for migrations and tests."""

from crm_deals.approval_policies import models as approval_policies
from crm_deals.approvals import models as approvals
from crm_deals.base import Base
from crm_deals.board import models as board
from crm_deals.claims import models as claims
from crm_deals.competitors import models as competitors
from crm_deals.configuration import models as configuration
from crm_deals.customs import models as customs
from crm_deals.deal_rules import models as deal_rules
from crm_deals.deals import models as deals
from crm_deals.imports import models as imports
from crm_deals.invoices import models as invoices
from crm_deals.numbers import models as numbers
from crm_deals.payments import models as payments
from crm_deals.pipelines import models as pipelines
from crm_deals.price_lists import models as price_lists
from crm_deals.product_wishes import models as product_wishes
from crm_deals.products import models as products
from crm_deals.quotes import models as quotes
from crm_deals.reasons import models as reasons
from crm_deals.validations import models as validations
from crm_deals.work import models as work

METADATA = Base.metadata

__all__ = [
    "METADATA",
    "approval_policies",
    "approvals",
    "board",
    "claims",
    "competitors",
    "configuration",
    "customs",
    "deal_rules",
    "deals",
    "imports",
    "invoices",
    "numbers",
    "payments",
    "pipelines",
    "price_lists",
    "product_wishes",
    "products",
    "quotes",
    "reasons",
    "validations",
    "work",
]
