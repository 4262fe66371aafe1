"""Who, what and when the examples speak of."""

from collections.abc import Sequence
from datetime import UTC, datetime
from typing import Any
from uuid import UUID


def example_id(number: int) -> UUID:
    return UUID(f"01920000-0000-7000-8000-{number:012d}")


SELLER, HEAD, TEAM, DIVISION = example_id(11), example_id(12), example_id(21), example_id(22)
COMPANY, HOLDING, CONTACT, DEAL = example_id(31), example_id(32), example_id(41), example_id(51)
TWIN = example_id(42)
RULE, EVENT = example_id(61), example_id(71)
FORM, PIPELINE = example_id(82), example_id(52)
DAY = datetime(2026, 3, 16, 9, 0, tzinfo=UTC)


def said(
    facts: dict[str, Any], changed: Sequence[str] = (), previous: dict[str, Any] | None = None
) -> dict[str, Any]:
    return {**facts, "changed": list(changed), "previous": previous or {}}
