"""What a validation forbids: pure functions and values."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any
from uuid import UUID

from crm_contacts.validations.rules.words import say
from crm_shared.filters import Fields, Tree, matches, parse_surviving
from crm_shared.nouns.fields import PREFIX

EMPTY: tuple[object, ...] = (None, "", [], (), {})


@dataclass(frozen=True, slots=True)
class ValidationEntry:
    """A validation as the process knows it; never changed, only replaced."""

    id: UUID
    messages: Mapping[str, str]
    noun: str
    on: frozenset[str]
    stages: frozenset[str]
    outcomes: frozenset[str]
    fields: frozenset[str]
    conditions: Tree
    demands: Sequence[Mapping[str, Any]]
    on_import: bool = True
    askable: Fields = field(default_factory=Fields)


@dataclass(frozen=True, slots=True)
class Attempt:
    """A change that somebody tries: what is done, and how the record would stand after it.

    `stage` is the client's lifecycle stage, the status of a lead or case; `outcome` is how it
    ended, where this change ends it.
    """

    noun: str
    record_id: UUID
    does: frozenset[str]  # of create, enter, update, archive, merge
    stage: str | None
    outcome: str | None
    changed: frozenset[str]
    values: Mapping[str, Any]
    is_import: bool = False


@dataclass(frozen=True, slots=True)
class Beside:
    """What is known beside the record's own fields."""

    open_tasks: int = 0
    done_tasks: int = 0
    calls: int = 0
    answered_calls: int = 0
    held_by_owner: Mapping[str, int] = field(default_factory=dict)


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
    if entry.noun != attempt.noun or (attempt.is_import and not entry.on_import):
        return False
    if not any(TRIGGERS[one](entry, attempt) for one in entry.on):
        return False
    return matches(entry.conditions, entry.askable, attempt.values)


def _enters(entry: ValidationEntry, attempt: Attempt) -> bool:
    is_meant = not entry.stages or attempt.stage in entry.stages
    return "enter" in attempt.does and is_meant


def _closes(entry: ValidationEntry, attempt: Attempt) -> bool:
    outcome = attempt.outcome
    is_meant = outcome in entry.outcomes if entry.outcomes else outcome is not None
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
    "merge": lambda _, attempt: "merge" in attempt.does,
    "field": _changes,
}


def refusals(
    entries: Sequence[ValidationEntry], attempt: Attempt, beside: Beside
) -> Iterator[Refusal]:
    """Yield every demand that the record does not meet; no demands means: not at all."""
    for entry in entries:
        demands = entry.demands or ({"check": "never"},)
        for demand in demands:
            check = str(demand["check"])
            if not CHECKS[check](demand, attempt.values, beside, entry.askable):
                name = demand.get("field")
                pointer = place_of(name) if name else POINTERS.get(check, "")
                yield Refusal(entry.id, check, pointer, say(check, demand, entry.messages))


def held(values: Mapping[str, Any], name: str) -> Any:
    """Return what a record has of a field, its own or a custom one."""
    if not name.startswith(PREFIX):
        return values.get(name)
    return (values.get("custom") or {}).get(name.removeprefix(PREFIX))


def place_of(name: str) -> str:
    """Return where a field stands in the body of a record."""
    bare = f"custom_fields/{name.removeprefix(PREFIX)}" if name.startswith(PREFIX) else name
    return f"/{bare.replace('.', '/')}"


def custom_name(name: str) -> str:
    """Return the custom field that a part of it belongs to."""
    return ".".join(name.split(".")[:2])


Demand = Mapping[str, Any]
Values = Mapping[str, Any]


def _filled(demand: Demand, values: Values, _: Beside, __: Fields) -> bool:
    return held(values, demand["field"]) not in EMPTY


def _has_owner(_: Demand, values: Values, __: Beside, ___: Fields) -> bool:
    return values.get("owner_id") is not None


def _has_task(demand: Demand, _: Values, beside: Beside, __: Fields) -> bool:
    found = {
        "open": beside.open_tasks,
        "done": beside.done_tasks,
        "any": beside.open_tasks + beside.done_tasks,
    }
    return found[demand.get("state", "any")] > 0


def _has_call(demand: Demand, _: Values, beside: Beside, __: Fields) -> bool:
    return (beside.answered_calls if demand.get("answered", True) else beside.calls) > 0


def _holds(demand: Demand, values: Values, _: Beside, askable: Fields) -> bool:
    tree, _faults = parse_surviving(demand["conditions"], askable)
    return matches(tree, askable, values)


def _has_tags(demand: Demand, values: Values, _: Beside, __: Fields) -> bool:
    return set(demand["tags"]) <= set(values.get("tags") or ())


def _within_limit(demand: Demand, values: Values, beside: Beside, _: Fields) -> bool:
    others = beside.held_by_owner.get(demand.get("within", "all"), 0)
    return values.get("owner_id") is None or others < int(demand["at_most"])


def _never(_: Demand, __: Values, ___: Beside, ____: Fields) -> bool:
    return False


Check = Callable[[Demand, Values, Beside, Fields], bool]
CHECKS: Mapping[str, Check] = {
    "field_filled": _filled,
    "owner_present": _has_owner,
    "task_present": _has_task,
    "call_present": _has_call,
    "holds": _holds,
    "tags_present": _has_tags,
    "limit_per_user": _within_limit,
    "never": _never,
}
POINTERS = {"owner_present": "/owner_id", "limit_per_user": "/owner_id", "tags_present": "/tags"}
# Which demands need to be looked up beside the record's own row.
LOOKED_UP = {"task_present": "work", "call_present": "work", "limit_per_user": "owner"}
