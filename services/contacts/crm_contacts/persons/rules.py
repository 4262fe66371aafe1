"""What of a row speaks of a person: every text, list and date that is not named as harmless."""

import json
from collections.abc import Iterable, Mapping
from typing import Any

from sqlalchemy import ARRAY, Column, Date, String, Table, case, func, literal
from sqlalchemy.dialects.postgresql import JSONB

# Codes and labels of configuration; a column that somebody adds is emptied unless it is named.
HARMLESS: Mapping[str, frozenset[str]] = {
    "contacts": frozenset({"lifecycle_stage", "source", "channel", "language", "tags"}),
    "leads": frozenset(
        {"source", "channel", "campaign", "labels", "status", "disqualify_reason", "language"}
    ),
    "notes": frozenset(),
    "tasks": frozenset({"kind", "status", "priority"}),
    "activities": frozenset({"kind", "status", "direction", "outcome", "channel", "recurrence"}),
    "calls": frozenset({"direction"}),
    "cases": frozenset(
        {"channel", "topic", "priority", "status", "outcome", "status_before_merge", "tags"}
    ),
    "case_comments": frozenset(),
    "feedback": frozenset({"scale"}),
    "survey_invitations": frozenset(),
    "segment_members": frozenset({"noun"}),
    "call_list_entries": frozenset({"status", "last_result", "excluded_for"}),
    "call_attempts": frozenset({"result"}),
}


def personal_columns(table: Table) -> list[Column[Any]]:
    """Return the columns of a table that may say who somebody is or what was said of him."""
    return [column for column in table.columns if _may_speak(column, HARMLESS[table.name])]


def empty_values(table: Table) -> dict[str, Any]:
    """Return what each personal column of a table is set to in SQL."""
    return {column.name: _empty_in_sql(column) for column in personal_columns(table)}


def empty_of(column: Column[Any], value: Any) -> Any:
    """Return what a personal column of a loaded row is set to."""
    if column.nullable:
        return None
    if isinstance(value, dict | list):
        return type(value)()
    return ""


def counts(kept: Mapping[str, Iterable[Any]]) -> dict[str, int]:
    """Return how many rows of each noun there are."""
    return {noun: len(list(rows)) for noun, rows in kept.items()}


def all_of(
    told: Iterable[Mapping[str, Iterable[dict[str, Any]]]],
) -> dict[str, list[dict[str, Any]]]:
    """Return what was told of several records of one person, each row once."""
    found: dict[str, dict[str, dict[str, Any]]] = {}
    for kept in told:
        for noun, rows in kept.items():
            # not by id: some rows have none of their own
            found.setdefault(noun, {}).update(
                {json.dumps(row, sort_keys=True): row for row in rows}
            )
    return {noun: list(rows.values()) for noun, rows in found.items()}


def _may_speak(column: Column[Any], harmless: frozenset[str]) -> bool:
    # custom fields that are personal stand in a column of their own
    if column.name in harmless or column.name == "custom_fields":
        return False
    kind = column.type
    if isinstance(kind, ARRAY):
        return isinstance(kind.item_type, String)
    return isinstance(kind, String | JSONB | Date)


def _empty_in_sql(column: Column[Any]) -> Any:
    if column.nullable:
        return None
    if isinstance(column.type, ARRAY):
        return []
    if isinstance(column.type, JSONB):
        is_list = func.jsonb_typeof(column) == "array"
        return case((is_list, literal([], JSONB)), else_=literal({}, JSONB))
    return ""
