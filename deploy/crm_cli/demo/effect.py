"""What the demo company knows of itself before the CRM, and what the CRM cost it; all made up."""

from datetime import UTC, date, datetime, timedelta
from typing import Any

from crm_cli.api import Api, ApiError
from crm_cli.demo.company import SELLERS

# the history has eleven months: the first five are "before", the CRM came then
DAYS_BEFORE, DAYS_SINCE = 330, 180
CURRENCY = "UAH"
TYPED = {
    "managers": ("5", None),
    "pay_fund": ("110000", CURRENCY),
    "customers_per_manager": ("5", None),
    "promise_loss_rate": ("2.5", None),
    "lost_call_rate": ("18", None),
    "call_sales_share": ("40", None),
    "call_conversion": ("12", None),
    "repeat_profit_per_client": ("7600", CURRENCY),
    "bad_debt_rate": ("3", None),
}
COMPUTED = (
    "sales_volume",
    "won_deals",
    "potential_deals",
    "average_deal_sum",
    "win_rate",
    "paid_on_time",
    "tasks_on_time",
    "lead_response_time",
)
# hired since the start for less: what to say stands in the scripts
NEWCOMER = "sofiia"
WHY = {
    "E10": ("1", "0.7", "Власник каже: хто пішов, того завдяки CRM не замінили"),
    "E11": ("0.8", "0.6", "Нагадування про обіцяні дзвінки; решта — нова керівниця"),
    "E12": ("0.8", "0.6", "Пропущений дзвінок одразу стає завданням"),
    "E13": ("0.4", "0.8", "Ринок теж зріс"),
    "E14": ("0.7", "0.6", "Сценарії підказують новачкові, що казати"),
    "E15": ("0.5", "0.5", "Нагадування йдуть до того, як настане строк рахунка"),
    "E19": ("0.5", "0.6", "Завдання нагадують про себе; продавці теж стали кращими"),
}


def load(api: Api, users: dict[str, str]) -> int:
    """Enter baselines, staff, investments, a goal and how the effect is judged; once."""
    if api.get("/v1/baselines", {"limit": 1})["items"]:
        return 0
    today = datetime.now(UTC).date()
    start = today - timedelta(days=DAYS_SINCE)
    before = _span(today - timedelta(days=DAYS_BEFORE), start - timedelta(days=1))
    entered = 0
    for metric, (value, currency) in TYPED.items():
        api.post(
            "/v1/baselines", {"metric": metric, "value": value, "currency": currency, **before}
        )
        entered += 1
    for metric in COMPUTED:
        entered += _compute(api, metric, before)
    for key in SELLERS:
        since, pay = before["starts_on"], "22000"
        if key == NEWCOMER:
            since, pay = (start + timedelta(days=20)).isoformat(), "18500"
        body = {"role": "seller", "user_id": users[key], "fte": "1", "pay": pay}
        api.post("/v1/workforce", {**body, "currency": CURRENCY, "starts_on": since})
    for cost in _costs(start):
        api.post("/v1/investments", cost)
    goal = {"metric": "win_rate", "value": "60", "is_goal": True, "owner_id": users["olena"]}
    api.post("/v1/plans", {**goal, **_span(start, today + timedelta(days=DAYS_SINCE))})
    api.send("PUT", "/v1/effect/setup", json=_setup(start, users["olena"]))
    return entered + len(SELLERS) + len(_costs(start)) + 1


def _compute(api: Api, metric: str, before: dict[str, str]) -> int:
    try:
        api.post("/v1/baselines/computed", {"metric": metric, **before})
    except ApiError as nothing:
        # a history without a closed deal tells no average
        if nothing.status != 422:  # noqa: PLR2004 an HTTP status
            raise
        return 0
    return 1


def _costs(start: date) -> list[dict[str, Any]]:
    day = {"currency": CURRENCY, "starts_on": start.isoformat()}
    return [
        {"kind": "licence", "amount": "45000", **day},
        {"kind": "own_hours", "hours": "60", "rate": "180", **day},
        {"kind": "training", "amount": "4000", **day},
        {"kind": "support", "amount": "4500", "is_monthly": True, **day},
    ]


def _setup(start: date, owner: str) -> dict[str, Any]:
    weights = {
        name: {"share": share, "confidence": confidence, "argument": argument}
        for name, (share, confidence, argument) in WHY.items()
    }
    return {
        "starts_on": start.isoformat(),
        "currency": CURRENCY,
        "margin": "30",
        "planned_benefit": "12000",
        "script_coverage": "85",
        "weights": weights,
        "declared": [
            {
                "component": "E15",
                "metric": "paid_on_time",
                "money_per_unit": "150",
                "owner_id": owner,
                "argument": "Що надійшло вчасно, не треба позичати на скло й фурнітуру",
            },
            {
                "component": "E19",
                "metric": "tasks_on_time",
                "money_per_unit": "120",
                "owner_id": owner,
                "argument": "Зроблене із запізненням здебільшого роблять двічі: другий виїзд",
            },
        ],
    }


def _span(first: date, last: date) -> dict[str, str]:
    return {"starts_on": first.isoformat(), "ends_on": last.isoformat()}
