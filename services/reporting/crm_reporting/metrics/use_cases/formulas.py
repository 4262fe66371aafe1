"""The formulas that read more than their own sums, by the name their entries give them."""

from collections.abc import Mapping

from crm_reporting.metrics.rules.custom import CUSTOM
from crm_reporting.metrics.use_cases import (
    contacting,
    costs,
    durations,
    lookups,
    losses,
    people,
    staffing,
    worth,
)
from crm_reporting.metrics.use_cases.custom import custom_figures
from crm_reporting.metrics.use_cases.customers import OWN, customer_figures
from crm_reporting.metrics.use_cases.forecast import forecast_figures
from crm_reporting.metrics.use_cases.motivation import motivation_base
from crm_reporting.metrics.use_cases.plans import plan_attainment
from crm_reporting.metrics.use_cases.work import Compute

FORMULAS: Mapping[str | None, Compute] = {
    **dict.fromkeys(OWN, customer_figures),
    "forecast": forecast_figures,
    "marketing_costs": costs.marketing_costs,
    "channel_share": costs.channel_share,
    "return_on_advertising": costs.return_on_advertising,
    "return_on_marketing": costs.return_on_marketing,
    "spend_share": costs.spend_share,
    "cost_per_client": costs.cost_per_client,
    "cost_per_lead": costs.cost_per_lead,
    "cost_of_serving": costs.cost_of_serving,
    "attract_to_keep": costs.attract_to_keep,
    "sales_per_employee": staffing.sales_per_employee,
    "requests_per_employee": staffing.requests_per_employee,
    "calls_per_hour": staffing.calls_per_hour,
    "productivity_growth": staffing.productivity_growth,
    "customers_in_work": staffing.customers_in_work,
    "payroll_return": staffing.payroll_return,
    "plan_attainment": plan_attainment,
    "motivation_base": motivation_base,
    "lookup_time": lookups.lookup_time,
    "decision_time": contacting.decision_time,
    "contacts_per_client": contacting.contacts_per_client,
    "contact_intensity": contacting.contact_intensity,
    "repeat_appeals": contacting.repeat_appeals,
    "profit_per_client": worth.profit_per_client,
    "lifetime_value": worth.lifetime_value,
    "lost_clients": worth.lost_clients,
    "pareto": worth.pareto_of_customers,
    "pareto_of_staff": worth.pareto_of_staff,
    "class_moves": worth.class_moves,
    "word_of_mouth": worth.word_of_mouth,
    "promise_losses": losses.promise_losses,
    "missed_income": losses.missed_income,
    "forecast_error": losses.forecast_error,
    "unreliable_customers": losses.unreliable,
    "attitude": losses.attitude,
    CUSTOM: custom_figures,
    "portrait": worth.portrait_of_buyers,
    "business_time": durations.business_time,
    "load": people.load,
    "idle_days": people.idle_days,
    "adoption": people.adoption,
}
