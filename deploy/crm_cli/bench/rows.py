"""Bulk data, written straight into the tables: what the services would have made of it."""

import random
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from typing import Any
from uuid import UUID

import asyncpg

from crm_cli.bench.people import SELLERS, People, made_id

PIPELINE = made_id(0x1, 1)
_STAGE, _DEAL, _CONTACT, _COMPANY, _PRODUCT = 0x2, 0x3, 0x4, 0x5, 0x6
STAGES = [made_id(_STAGE, number) for number in range(6)]
OPEN_STAGES = STAGES[:4]
_LABELS = ("New", "Qualified", "Proposal", "Agreement", "Won", "Lost")
_PROBABILITIES = (10, 30, 60, 80, 100, 0)
# Each stage asks for something, as in a pipeline that somebody has thought about.
_REQUIRED: tuple[list[str], ...] = (
    [],
    ["amount"],
    ["amount", "contact_id"],
    ["amount", "contact_id"],
    ["amount"],
    [],
)
_REQUIREMENT = '{"field": "amount", "op": "gt", "value": "0"}'
_ASKING_STAGE = 3
TODAY = datetime.now(UTC).replace(hour=0, minute=0, second=0, microsecond=0)
_DAYS = 730
CONTACTS = 20_000
_COMPANIES = 5_000
_PRODUCTS = 20

Row = tuple[Any, ...]


@dataclass(frozen=True, slots=True)
class Deal:
    """A deal of the bench: everything about it follows from its number."""

    number: int

    @property
    def id(self) -> UUID:
        return made_id(_DEAL, self.number)

    @property
    def seller(self) -> int:
        return self.number % SELLERS

    @property
    def stage(self) -> int:
        return self.number // SELLERS % len(OPEN_STAGES)

    @property
    def contact_id(self) -> UUID:
        return made_id(_CONTACT, self.number % CONTACTS)

    @property
    def company_id(self) -> UUID:
        return made_id(_COMPANY, self.number % _COMPANIES)


def pipeline_row() -> dict[str, Any]:
    """Return the pipeline that all deals stand in."""
    at = TODAY - timedelta(days=_DAYS + 1)
    return {
        "id": PIPELINE,
        "label": "Sales",
        "is_default": True,
        "revision": 1,
        "created_at": at,
        "updated_at": at,
    }


def stage_rows() -> Iterator[dict[str, Any]]:
    """Yield the stages, each with what it asks for."""
    for number, stage_id in enumerate(STAGES):
        yield {
            "id": stage_id,
            "pipeline_id": PIPELINE,
            "label": _LABELS[number],
            "position": number,
            "probability": _PROBABILITIES[number],
            "outcome": {4: "won", 5: "lost"}.get(number, "open"),
            "required_fields": _REQUIRED[number],
            "requirements": _REQUIREMENT if number == _ASKING_STAGE else None,
        }


def known_user_rows(people: People) -> Iterator[dict[str, Any]]:
    """Yield everybody, as events would have told each service of them."""
    for person in [*people.everybody(), people.admin]:
        yield {
            "id": person.actor.id,
            "role": str(person.actor.role),
            "team_ids": sorted(person.actor.team_ids),
            "is_active": True,
            "revision": 1,
        }


def known_team_rows(people: People) -> Iterator[dict[str, Any]]:
    """Yield every team with its head."""
    for head in people.heads:
        yield {"id": head.team_id, "head_id": head.actor.id, "is_active": True, "revision": 1}


def deal_rows(people: People, count: int) -> Iterator[dict[str, Any]]:
    """Yield open deals over two years, spread evenly over sellers and stages; half have a line."""
    chance = random.Random(7)  # noqa: S311 the same data in every run
    for number in range(count):
        deal = Deal(number)
        owner = people.sellers[deal.seller].actor
        at = TODAY - timedelta(seconds=(count - number) * _DAYS * 86_400 // count)
        amount = Decimal(chance.randrange(50_000, 5_000_000)) / 100
        yield {
            "id": deal.id,
            "revision": 1,
            "title": f"Chairs and tables for office {number}",
            "owner_id": owner.id,
            "team_id": next(iter(owner.team_ids)),
            "contact_id": deal.contact_id,
            "contact_ids": "[]",
            "company_id": deal.company_id,
            "pipeline_id": PIPELINE,
            "stage_id": OPEN_STAGES[deal.stage],
            "outcome": "open",
            "amount": amount,
            "currency": "UAH",
            "expected_close_date": date(2027, 1, 1),
            "channel": "website",
            "line_items": _line(number, amount) if number % 2 else "[]",
            "product_ids": [made_id(_PRODUCT, number % _PRODUCTS)] if number % 2 else [],
            "created_at_known": True,
            "occurred_at": at,
            "stage_entered_at": at,
            "is_void": False,
            "created_at": at,
            "updated_at": at,
        }


def entry_rows(people: People, count: int) -> Iterator[dict[str, Any]]:
    """Yield each deal's entry into its first stage."""
    for number in range(count):
        deal = Deal(number)
        at = TODAY - timedelta(seconds=(count - number) * _DAYS * 86_400 // count)
        yield {
            "deal_id": deal.id,
            "revision": 1,
            "to_stage_id": OPEN_STAGES[deal.stage],
            "outcome": "open",
            "is_reopening": False,
            "actor_id": people.sellers[deal.seller].actor.id,
            "occurred_at": at,
            "recorded_at": at,
        }


async def copy(
    connection: "asyncpg.Connection[asyncpg.Record]", table: str, rows: Iterable[dict[str, Any]]
) -> None:
    """Write rows by COPY; all have the columns of the first."""
    iterator = iter(rows)
    first = next(iterator)
    columns = list(first)
    records: Iterator[Sequence[Any]] = (tuple(row.values()) for row in _after(first, iterator))
    await connection.copy_records_to_table(table, columns=columns, records=records)


def _after(first: dict[str, Any], rest: Iterator[dict[str, Any]]) -> Iterator[dict[str, Any]]:
    yield first
    yield from rest


def _line(number: int, amount: Decimal) -> str:
    product = made_id(_PRODUCT, number % _PRODUCTS)
    return (
        f'[{{"product_id": "{product}", "product_label": "Chair", "category": "Seats",'
        f' "quantity": "1", "unit_price": "{amount}", "discount_type": null,'
        f' "discount_value": "0", "tax_rate": "20", "tax_amount": "{amount / 5:.2f}",'
        f' "total": "{amount}", "sale_kind": "base"}}]'
    )
