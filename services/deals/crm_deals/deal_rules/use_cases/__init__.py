"""What can be done to a deal rule, and what it does."""

from crm_deals.deal_rules.use_cases.running import run_rule
from crm_deals.deal_rules.use_cases.timing import meet_moments
from crm_deals.deal_rules.use_cases.trying import Trial, try_rule
from crm_deals.deal_rules.use_cases.writing import (
    create_deal_rule,
    delete_deal_rule,
    new_deal_rule,
    put_deal_rule,
    update_deal_rule,
)

__all__ = [
    "Trial",
    "create_deal_rule",
    "delete_deal_rule",
    "meet_moments",
    "new_deal_rule",
    "put_deal_rule",
    "run_rule",
    "try_rule",
    "update_deal_rule",
]
