"""What a validation forbids: pure functions and values."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Any
from uuid import UUID

from crm_deals.pipelines.rules import REQUIREMENT_FIELDS, StageEntry, held, place_of
from crm_deals.validations.rules.words import say
from crm_shared.filters import Fields, Tree, matches, parse_surviving

HUNDRED = Decimal(100)
EMPTY: tuple[object, ...] = (None, "", [], ())


@dataclass(frozen=True, slots=True)
class ValidationEntry:
    """A validation as the process knows it; never changed, only replaced."""

    id: UUID
    messages: Mapping[str, str]
    pipeline_id: UUID | None
    on: frozenset[str]
    stage_ids: frozenset[UUID]
    outcomes: frozenset[str]
    fields: frozenset[str]
    conditions: Tree
    demands: Sequence[Mapping[str, Any]]
    on_import: bool = True
    askable: Fields = field(default_factory=lambda: REQUIREMENT_FIELDS)


@dataclass(frozen=True, slots=True)
class Attempt:
    """A change that somebody tries: what is done, and how the deal would stand after it."""

    deal_id: UUID
    does: frozenset[str]  # of create, enter, update, archive
    stage: StageEntry
    changed: frozenset[str]
    values: Mapping[str, Any]
    is_import: bool = False


@dataclass(frozen=True, slots=True)
class Beside:
    """What is known beside the deal's own fields."""

    open_tasks: int = 0
    done_tasks: int = 0
    calls: int = 0
    answered_calls: int = 0
    paid: Decimal = Decimal(0)
    open_of_owner: Mapping[str, int] = field(default_factory=dict)
    askable: Fields = field(default_factory=lambda: REQUIREMENT_FIELDS)


@dataclass(frozen=True, slots=True)
class Refusal:
    """One demand that is not met, in three languages."""

    validation_id: UUID
    check: str
    pointer: str
    messages: Mapping[str, str]


def concerned(entries: Sequence[ValidationEntry], attempt: Attempt) -> list[ValidationEntry]:
    """Return the validations that have something to say of this change."""
    return [entry for entry in entries if _concerns(entry, attempt)]


def _concerns(entry: ValidationEntry, attempt: Attempt) -> bool:
    if attempt.is_import and not entry.on_import:
        return False
    if entry.pipeline_id not in (None, attempt.stage.pipeline_id):
        return False
    if not any(TRIGGERS[one](entry, attempt) for one in entry.on):
        return False
    return matches(entry.conditions, entry.askable, attempt.values)


def _enters(entry: ValidationEntry, attempt: Attempt) -> bool:
    is_meant = not entry.stage_ids or attempt.stage.id in entry.stage_ids
    return "enter" in attempt.does and is_meant


def _closes(entry: ValidationEntry, attempt: Attempt) -> bool:
    outcome = attempt.stage.outcome
    is_meant = outcome in entry.outcomes if entry.outcomes else outcome != "open"
    return "enter" in attempt.does and is_meant


def _changes(entry: ValidationEntry, attempt: Attempt) -> bool:
    if "update" not in attempt.does:
        return False
    return bool(attempt.changed & entry.fields if entry.fields else attempt.changed)


Trigger = Callable[[ValidationEntry, Attempt], bool]
TRIGGERS: Mapping[str, Trigger] = {
    "create": lambda _, attempt: "create" in attempt.does,
    "stage": _enters,
    "outcome": _closes,
    "archive": lambda _, attempt: "archive" in attempt.does,
    "field": _changes,
}


def refusals(
    entries: Sequence[ValidationEntry], attempt: Attempt, beside: Beside
) -> Iterator[Refusal]:
    """Yield every demand that the deal does not meet; no demands means: not at all."""
    for entry in entries:
        demands = entry.demands or ({"check": "never"},)
        for demand in demands:
            check = str(demand["check"])
            if not CHECKS[check](demand, attempt.values, beside):
                field = demand.get("field")
                pointer = place_of(field) if field else POINTERS.get(check, "")
                yield Refusal(entry.id, check, pointer, say(check, demand, entry.messages))


def _filled(demand: Mapping[str, Any], values: Mapping[str, Any], _: Beside) -> bool:
    return held(values, demand["field"]) not in EMPTY


def _has_owner(_: Mapping[str, Any], values: Mapping[str, Any], __: Beside) -> bool:
    return values.get("owner_id") is not None


def _has_task(demand: Mapping[str, Any], _: Mapping[str, Any], beside: Beside) -> bool:
    state = demand.get("state", "any")
    found = {
        "open": beside.open_tasks,
        "done": beside.done_tasks,
        "any": beside.open_tasks + beside.done_tasks,
    }
    return found[state] > 0


def _has_call(demand: Mapping[str, Any], _: Mapping[str, Any], beside: Beside) -> bool:
    return (beside.answered_calls if demand.get("answered", True) else beside.calls) > 0


def _has_items(demand: Mapping[str, Any], values: Mapping[str, Any], _: Beside) -> bool:
    return len(values.get("line_items") or ()) >= int(demand.get("at_least", 1))


def _holds(demand: Mapping[str, Any], values: Mapping[str, Any], beside: Beside) -> bool:
    tree, _ = parse_surviving(demand["conditions"], beside.askable)
    return matches(tree, beside.askable, values)


def _is_paid(demand: Mapping[str, Any], values: Mapping[str, Any], beside: Beside) -> bool:
    share = Decimal(str(demand.get("percent", HUNDRED)))
    due = Decimal(values.get("amount") or 0) * share / HUNDRED
    return beside.paid > 0 and beside.paid >= due


def _has_tags(demand: Mapping[str, Any], values: Mapping[str, Any], _: Beside) -> bool:
    return set(demand["tags"]) <= set(values.get("tags") or ())


def _within_limit(demand: Mapping[str, Any], values: Mapping[str, Any], beside: Beside) -> bool:
    others = beside.open_of_owner.get(demand.get("within", "all"), 0)
    return values.get("owner_id") is None or others < int(demand["at_most"])


def _never(_: Mapping[str, Any], __: Mapping[str, Any], ___: Beside) -> bool:
    return False


Check = Callable[[Mapping[str, Any], Mapping[str, Any], Beside], bool]
CHECKS: Mapping[str, Check] = {
    "field_filled": _filled,
    "owner_present": _has_owner,
    "task_present": _has_task,
    "call_present": _has_call,
    "items_added": _has_items,
    "holds": _holds,
    "payment_received": _is_paid,
    "tags_present": _has_tags,
    "limit_per_user": _within_limit,
    "never": _never,
}
POINTERS = {"owner_present": "/owner_id", "items_added": "/line_items", "tags_present": "/tags"}
# Which demands need to be looked up beside the deal's own row.
LOOKED_UP = {
    "task_present": "work",
    "call_present": "work",
    "payment_received": "money",
    "limit_per_user": "owner",
}
