"""Every figure that follows from events alone, recomputed apart."""

from decimal import Decimal
from typing import Any

import httpx
import recount_clients
import recount_sales
import recount_work
from recount import Oracle
from recount_clients import Clients
from recount_sales import Sales
from recount_work import Work

# What the oracle of the first file tells beside these.
FIRST = {
    "sales_volume", "won_deals", "flow_ratio", "win_rate", "cohort_conversion", "loss_reasons",
    "breakdown_rate", "gross_profit", "extra_sales", "extra_sales_share:attach", "net_revenue:paid",
    "automation_share", "leads:flow", "leads:stock", "lead_conversion:cohort", "converted_leads",
    "refused_leads", "lead_response_time:calendar", "lost_leads", "activities", "promises_kept",
    "tasks_on_time", "tasks_done", "approval_time:calendar", "cases:flow", "case_response_in_time",
    "case_processing_time:calendar", "cases_solved", "satisfaction:share", "satisfaction_score",
    "invoiced", "paid_on_time", "receivables:all", "messages", "message_rates:delivered",
    "message_rates:opened", "message_rates:clicked", "new_customers", "active_customers",
    "repeat_sales", "repeat_share:orders", "repeat_share:customers", "repeat_share:revenue",
    "income_per_customer", "purchase_interval", "decision_time", "contacts_per_client",
    "repeat_appeals", "promise_losses", "forecast_error:weighted", "forecast_error:best",
    "unreliable_customers", "attitude", "channel_share:deal", "channel_share:linear",
}  # fmt: skip
COVERED = FIRST | recount_sales.COVERED | recount_clients.COVERED | recount_work.COVERED


def recounted(oracle: Oracle) -> dict[str, Decimal | None]:
    parts = (oracle, Sales(oracle), Clients(oracle), Work(oracle))
    funnel = {f"funnel:{way}": entered_and_won(oracle) for way in ("any", "strict")}
    return {name: one for part in parts for name, one in part.figures().items()} | funnel


def entered_and_won(oracle: Oracle) -> Decimal | None:
    """K8: of the deals that came into the pipeline, the part won."""
    came = [
        past for past in oracle.world.of("deal")
        if oracle.was(past[0].at) and past[-1].said["created_at_known"]
    ]  # fmt: skip
    won = sum(past[-1].said["outcome"] == "won" for past in came)
    return Decimal(won) * 100 / len(came) if came else None


def near(told: Decimal | None, expected: Decimal | None) -> bool:
    if told is None or expected is None:
        return told is expected
    return abs(told - expected) < Decimal("0.011")


async def disagreeing(
    client: httpx.AsyncClient, oracle: Oracle, **more: str
) -> list[tuple[Any, ...]]:
    """Ask the API everything that can be recomputed; what it tells otherwise comes back."""
    wrong: list[tuple[Any, ...]] = []
    for name, expected in recounted(oracle).items():
        metric, _, variant = name.partition(":")
        days = {"from": oracle.start.isoformat(), "to": oracle.end.isoformat()}
        asked = days | more | ({"variant": variant} if variant else {})
        answer = await client.get(f"/v1/metrics/{metric}", params=asked)
        answer.raise_for_status()
        body = answer.json()
        told = None if body["value"] is None else Decimal(body["value"])
        if not near(told, expected) or (told is None and not body["reason"]):
            wrong.append((name, told, expected, body["reason"], body["details"]))
    return wrong
