"""Whose balance it is, and what it holds: values and pure functions."""

from collections.abc import Iterable
from dataclasses import dataclass
from decimal import Decimal
from typing import Any
from uuid import UUID

from sqlalchemy import RowMapping

INVOICED = ("invoiced", "credited", "due", "overpaid", "overdue", "overdue_count")
PAID = ("paid", "advance", "expenses")


@dataclass(frozen=True, slots=True)
class Subject:
    """Whose money is added up; nothing named is all that one may see."""

    deal_id: UUID | None = None
    contact_id: UUID | None = None
    company_id: UUID | None = None


def joined(invoiced: Iterable[RowMapping], paid: Iterable[RowMapping]) -> list[dict[str, Any]]:
    """Return one line per currency; what nobody invoiced or paid is nothing."""
    nothing = dict.fromkeys((*INVOICED, *PAID), Decimal(0))
    lines: dict[str, dict[str, Any]] = {}
    for row in (*invoiced, *paid):
        line = lines.setdefault(row["currency"], {**nothing, "overdue_count": 0})
        line.update(dict(row))
    return [lines[currency] for currency in sorted(lines)]
