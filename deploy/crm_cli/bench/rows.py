"""Bulk data, written straight into the tables: what the services would have made of it."""

import json
from collections.abc import Iterable, Iterator, Sequence
from datetime import date, timedelta
from typing import Any
from uuid import UUID

import asyncpg

from crm_cli.bench import deals as made
from crm_cli.bench.deals import all_deals
from crm_cli.bench.people import People

_CLOSE_BY = date(2027, 1, 1)
_NO_DISCOUNT = {"discount_type": None, "discount_value": "0", "tax_rate": "20", "tax_amount": "0"}


def pipeline_row() -> dict[str, Any]:
    """Return the pipeline that all deals stand in."""
    at = made.TODAY - timedelta(days=1000)
    return {
        "id": made.PIPELINE,
        "label": "Sales",
        "is_default": True,
        "revision": 1,
        "created_at": at,
        "updated_at": at,
    }


def stage_rows() -> Iterator[dict[str, Any]]:
    """Yield the stages, each with what it asks for."""
    for number, stage_id in enumerate(made.STAGES):
        yield {
            "id": stage_id,
            "pipeline_id": made.PIPELINE,
            "label": made.LABELS[number],
            "position": number,
            "probability": made.PROBABILITIES[number],
            "outcome": made.OUTCOMES[number],
            "required_fields": made.REQUIRED[number],
            "requirements": made.REQUIREMENT if number == made.ASKING_STAGE else None,
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
    """Yield deals spread evenly over sellers and stages; half of them have a line item."""
    for deal in all_deals(count):
        owner, last = people.sellers[deal.seller], deal.entries[-1]
        line, outcome = deal.line(), made.OUTCOMES[last.stage]
        yield {
            "id": deal.id,
            "revision": last.revision,
            "title": f"Chairs and tables for office {deal.number}",
            "owner_id": owner.actor.id,
            "team_id": owner.team_id,
            "contact_id": deal.contact_id,
            "contact_ids": "[]",
            "company_id": deal.company_id,
            "pipeline_id": made.PIPELINE,
            "stage_id": made.STAGES[last.stage],
            "outcome": outcome,
            "amount": deal.amount,
            "currency": "UAH",
            "expected_close_date": _CLOSE_BY,
            "channel": "website",
            "line_items": json.dumps([line | _NO_DISCOUNT] if line else []),
            "product_ids": [deal.product_id] if line else [],
            "created_at_known": True,
            "occurred_at": last.at,
            "stage_entered_at": last.at,
            "won_at": deal.closed_at("won"),
            "lost_at": deal.closed_at("lost"),
            "first_won_at": deal.closed_at("won"),
            "closed_at": None if outcome == "open" else last.at,
            "is_void": False,
            "created_at": deal.begun_at,
            "updated_at": last.at,
        }


def move_rows(people: People, count: int) -> Iterator[dict[str, Any]]:
    """Yield each deal's entries into its stages."""
    for deal in all_deals(count):
        left = None
        for entry in deal.entries:
            yield {
                "deal_id": deal.id,
                "revision": entry.revision,
                "from_stage_id": left,
                "to_stage_id": made.STAGES[entry.stage],
                "outcome": made.OUTCOMES[entry.stage],
                "is_reopening": False,
                "actor_id": people.sellers[deal.seller].actor.id,
                "occurred_at": entry.at,
                "recorded_at": entry.at,
            }
            left = made.STAGES[entry.stage]


def reference_rows(people: People) -> Iterator[dict[str, Any]]:
    """Yield contacts and users as notifications knows them by references."""
    for number in range(made.CONTACTS):
        data: dict[str, Any] = {
            "first_name": "Olena",
            "last_name": f"Koval {number}",
            "email": f"olena.{number}@example.com",
            "phone": None,
            "language": "uk",
            "consents": [],
        }
        yield _reference("contact", made.contact_id(number), data)
    for person in people.everybody():
        data = {"name": "Ivan", "email": f"{person.actor.id}@example.org", "language": "uk"}
        yield _reference("user", person.actor.id, data)


def title_rows(count: int) -> Iterator[dict[str, Any]]:
    """Yield the titles of the deals as other services know them."""
    for number in range(count):
        yield _reference("deal", made.deal_id(number), {"title": f"Office {number}"})


def _reference(kind: str, id_: UUID, data: dict[str, Any]) -> dict[str, Any]:
    return {"kind": kind, "id": id_, "revision": 1, "data": json.dumps(data)}


async def copy(
    connection: "asyncpg.Connection[asyncpg.Record]", table: str, rows: Iterable[dict[str, Any]]
) -> None:
    """Write rows by COPY; all have the columns of the first."""
    iterator = iter(rows)
    first = next(iterator)
    records: Iterator[Sequence[Any]] = (tuple(row.values()) for row in _chained(first, iterator))
    await connection.copy_records_to_table(table, columns=list(first), records=records)


def _chained(first: dict[str, Any], rest: Iterator[dict[str, Any]]) -> Iterator[dict[str, Any]]:
    yield first
    yield from rest
