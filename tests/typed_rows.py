"""What is typed in random histories: rows of every kind, and what became of each later."""

import random
from collections.abc import Callable
from datetime import date, timedelta
from decimal import Decimal
from uuid import UUID

from recount_entered import PLANNED
from recount_staff import Inputs, Row

from crm_reporting.metrics.rules.catalogue import CATALOGUE
from crm_reporting.testing import named

OLENA, PETRO, IVAN = (str(named(name)) for name in ("Olena", "Petro", "Ivan"))


def spanned(luck: random.Random, *, most: int = 70) -> Row:
    starts = date(2026, 3, 1) + timedelta(days=luck.randrange(-45, 60))
    return {"starts_on": starts, "ends_on": starts + timedelta(days=luck.randrange(most))}


def cost(luck: random.Random) -> Row:
    return {
        "category": luck.choice(["ads", "paper"]), "channel": luck.choice(["web", "fair", None]),
        "campaign_id": None, "campaign": luck.choice(["spring", None]),
        "purpose": luck.choice(["acquisition", "acquisition", "retention", "other"]),
        "amount": Decimal(luck.randrange(9000)) / 7 // Decimal("0.01") / 100, "note": None,
        "currency": luck.choice(["UAH", "UAH", "UAH", "EUR", "USD"]), **spanned(luck),
    }  # fmt: skip


def post(luck: random.Random) -> Row:
    found = spanned(luck)
    return found | {
        "role": luck.choice(["seller", "seller", "service", "driver"]), "note": None,
        "user_id": luck.choice([OLENA, PETRO, None]), "team_id": None,
        "fte": Decimal(luck.choice(["1", "0.5", "0.125"])), "pay": Decimal(luck.randrange(90_000)),
        "currency": luck.choice([*("UAH",) * 6, "EUR", "USD"]),
        "ends_on": luck.choice([found["ends_on"], None]),
    }  # fmt: skip


def plan(luck: random.Random) -> Row:
    metric = luck.choice([*PLANNED, "sales_volume", "sales_volume", "won_deals"])
    whose = luck.choice([{}, {}, {"owner_id": OLENA}, {"owner_id": PETRO}])
    money = CATALOGUE[metric].unit == "money"
    return {
        "metric": metric, "owner_id": None, "team_id": None, **whose, "note": None,
        "value": Decimal(luck.randrange(1, 900)), "is_goal": luck.random() < 0.1,
        "currency": luck.choice(["UAH", "UAH", "EUR", "USD"]) if money else None,
        **spanned(luck, most=luck.choice([7, 31, 62])),
    }  # fmt: skip


def baseline(metric: str) -> Callable[[random.Random], Row]:
    def row(luck: random.Random) -> Row:
        first = date(2025, 3, 1)
        money = metric in CATALOGUE and CATALOGUE[metric].unit == "money"
        return {
            "metric": metric, "team_id": None, "starts_on": first,
            "ends_on": date(2025, 3, luck.choice([14, 31])),
            "value": Decimal(luck.choice([0, 1, 3, 40, 40, 70])),
            "currency": luck.choice(["UAH", "UAH", "EUR"]) if money else None, "source": "typed",
            "working_days": luck.choice([None, 20]), "months": {}, "note": None,
        }  # fmt: skip

    return row


def rule(luck: random.Random) -> Row:
    metric = luck.choice(["sales_volume", "won_deals"])
    whose = luck.choice([{"role": "seller"}, {"role": "seller"}, {"owner_id": PETRO}])
    steps = [{"from_percent": "80", "rate": "3"}, {"from_percent": "100", "rate": "5.5"}]
    return {
        "role": None, "owner_id": None, **whose, "metric": metric, "rate": Decimal("1.5"),
        "currency": luck.choice(["UAH", "EUR", "USD"]) if metric == "won_deals" else None,
        "threshold": luck.choice([None, Decimal(2), Decimal(150)]),
        "steps": luck.choice([steps, []]), "note": None,
        "starts_on": date(2026, luck.randrange(1, 5), 1),
        "ends_on": luck.choice([None, date(2026, 4, 30)]),
    }  # fmt: skip


BEFORE = ("sales_volume", "won_deals", "processed_requests", "managers", "customers_per_manager",
          "call_sales_share", "call_conversion")  # fmt: skip
TYPED: dict[str, tuple[int, Callable[[random.Random], Row]]] = {
    "costs": (5, cost),
    "staff": (4, post),
    "plans": (6, plan),
    "pay_rules": (3, rule),
}


Typed = list[tuple[str, Row, Row | str | None]]


def typed(luck: random.Random) -> Typed:
    """Rows of every kind; each stays, is changed later, or is taken back."""
    makers = [(kind, make) for kind, (most, make) in TYPED.items()
              for _ in range(luck.randrange(most // 3, most + 1))]  # fmt: skip
    found: Typed = [
        (kind, make(luck), luck.choice([None, None, "deleted", make(luck)]))
        for kind, make in makers
    ]
    recorded = [one for one in BEFORE if luck.random() < 0.8]
    return found + [
        ("baselines", baseline(one)(luck), luck.choice([None, None, None, "deleted"]))
        for one in recorded
    ]


def kept(rows: Typed, *, later: bool) -> Inputs:
    found = Inputs()
    for kind, row, then in rows:
        told = then if later and then is not None else row
        if not isinstance(told, str):
            getattr(found, kind).append(told)
    return found


def stored(row: Row) -> Row:
    ids = ("user_id", "owner_id", "team_id")
    return {name: UUID(value) if name in ids and value else value for name, value in row.items()}
