"""Loads invoices, payments, claims and what the company spent."""

import random
from collections.abc import Sequence
from datetime import UTC, date, datetime, timedelta
from typing import Any

from crm_cli.api import Api
from crm_cli.demo.company import SEED, STAGES, Sale, amount
from crm_cli.demo.effect import CURRENCY, DAYS_BEFORE, DAYS_SINCE
from crm_cli.demo.history import CAMPAIGNS
from crm_cli.demo.past import SYSTEM, Known, beside

DAYS_TO_PAY = 14
_COSTS = (("website", "9000"), ("exhibition", "14000"), ("phone", "3000"))
_CAUSES = ("late-delivery", "defect", "fitting")


def load(api: Api, known: Known, sales: Sequence[Sale]) -> str:
    """Load what was billed, paid, claimed and spent; return it in words."""
    pick = random.Random(SEED + 7)  # noqa: S311 made-up data, no secret
    today = datetime.now(UTC).date()
    won = [sale for sale in sales if sale.moves and STAGES[sale.moves[-1][0]][2] == "won"]
    bills = [(sale, *_paid(pick, sale, today)) for sale in won]
    beside(lambda bill: _bill(api, known, *bill), bills)
    claims = [(sale, pick.choice(_CAUSES), n) for n, sale in enumerate(won) if n % 6 == 0]
    beside(lambda claim: _claim(api, known, *claim), claims)
    months = _months(today)
    beside(lambda month: _spend(api, month), months)
    return f"{len(won)} invoices, {len(claims)} claims, {len(months)} months of costs"


def _paid(pick: random.Random, sale: Sale, today: date) -> tuple[date, date | None]:
    """Return the day of the invoice, and of its payment where it was paid."""
    issued = sale.moves[-1][1].date()
    late, since = pick.random(), today - timedelta(days=DAYS_SINCE)
    # since the CRM reminds of what is due, fewer pay late and hardly anybody never
    never, slow = (0.02, 0.12) if issued >= since else (0.08, 0.35)
    days = DAYS_TO_PAY + 12 if late < slow else pick.randrange(1, DAYS_TO_PAY)
    paid = issued + timedelta(days=days)
    return issued, None if late < never or paid > today else paid


def _bill(api: Api, known: Known, sale: Sale, issued: date, paid: date | None) -> None:
    invoice = _put(
        api,
        "invoices",
        f"invoice-{sale.key}",
        {
            "deal_id": known.deals[sale.key],
            "status": "issued",
            "amount": str(amount(sale)),
            "currency": CURRENCY,
            "issue_date": issued.isoformat(),
            "due_date": (issued + timedelta(days=DAYS_TO_PAY)).isoformat(),
        },
    )
    if paid is not None:
        money = {"amount": str(amount(sale)), "currency": CURRENCY, "paid_on": paid.isoformat()}
        settled = {"allocations": [{"invoice_id": invoice}]}
        _put(api, "payments", f"payment-{sale.key}", {**money, **settled})


def _claim(api: Api, known: Known, sale: Sale, cause: str, number: int) -> None:
    on = min(sale.moves[-1][1] + timedelta(days=9), datetime.now(UTC)).date().isoformat()
    body = {
        "kind": "complaint" if number % 4 else "breach_by_us",
        "cause": cause,
        "deal_id": known.deals[sale.key],
        "amount": str(900 + 150 * number),
        "currency": CURRENCY,
        "claimed_on": on,
    }
    if number % 4:
        body |= {"status": "settled", "resolution": "price-reduced", "resolved_on": on}
    _put(api, "claims", f"claim-{sale.key}", body)


def _spend(api: Api, month: tuple[date, date]) -> None:
    first, last = month
    for channel, sum_ in _COSTS:
        span = {"starts_on": first.isoformat(), "ends_on": last.isoformat()}
        cost = {"category": "advertising", "channel": channel, "amount": sum_}
        if channel in CAMPAIGNS:
            cost["campaign"] = CAMPAIGNS[channel]
        api.post("/v1/costs", {**cost, "currency": CURRENCY, **span})
    rent = {"kind": "expense", "amount": "26000", "currency": CURRENCY, "category": "rent"}
    _put(api, "payments", f"rent-{first:%Y-%m}", {**rent, "paid_on": first.isoformat()})
    plan = {"metric": "sales_volume", "value": "1000000", "currency": CURRENCY}
    api.post("/v1/plans", {**plan, "starts_on": first.isoformat(), "ends_on": last.isoformat()})


def _months(today: date) -> list[tuple[date, date]]:
    """Return the first and last day of every month of the history, this one too."""
    months, first = [], (today - timedelta(days=DAYS_BEFORE)).replace(day=1)
    while first <= today:
        after = (first + timedelta(days=32)).replace(day=1)
        months.append((first, after - timedelta(days=1)))
        first = after
    return months


def _put(api: Api, noun: str, key: str, body: dict[str, Any]) -> str:
    answer = api.send("PUT", f"/v1/{noun}/by-external/{SYSTEM}/{key}", json=body)
    return str(answer.json()["id"])
