"""Every table of the service, for migrations and tests."""

from crm_reporting.alarms import models as alarms
from crm_reporting.base import Base
from crm_reporting.contributions import models as contributions
from crm_reporting.custom_metrics import models as custom_metrics
from crm_reporting.customers import models as customers
from crm_reporting.effect import models as effect
from crm_reporting.facts import models as facts
from crm_reporting.inputs import models as inputs
from crm_reporting.ledger import models as ledger
from crm_reporting.pay_rules import models as pay_rules
from crm_reporting.rates import models as rates
from crm_reporting.rebuilds import models as rebuilds
from crm_reporting.schedules import models as schedules
from crm_reporting.summaries import models as summaries

METADATA = Base.metadata

__all__ = [
    "METADATA",
    "alarms",
    "contributions",
    "custom_metrics",
    "customers",
    "effect",
    "facts",
    "inputs",
    "ledger",
    "pay_rules",
    "rates",
    "rebuilds",
    "schedules",
    "summaries",
]
