"""The formulas that read more than their own sums, by the name their entries give them."""

from collections.abc import Mapping

from crm_reporting.metrics.use_cases import costs, staffing
from crm_reporting.metrics.use_cases.customers import OWN, customer_figures
from crm_reporting.metrics.use_cases.forecast import forecast_figures
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
    "calls_per_hour": staffing.calls_per_hour,
    "productivity_growth": staffing.productivity_growth,
    "payroll_return": staffing.payroll_return,
    "plan_attainment": plan_attainment,
}
