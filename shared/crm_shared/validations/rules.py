"""What a validation forbids: pure functions and values."""

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any
from uuid import UUID

from crm_shared.filters import Fields, Tree, matches, parse_surviving
from crm_shared.nouns.fields import held, place_of
from crm_shared.validations.words import COMMON, Words, say

EMPTY: tuple[object, ...] = (None, "", [], (), {})
NOT_ENDED = (None, "open")
Demand = Mapping[str, Any]
Values = Mapping[str, Any]


@dataclass(frozen=True, slots=True, kw_only=True)
class ValidationEntry:
    """A validation as the process knows it; never changed, only replaced.

    `within` is what it is confined to, a noun or a pipeline; None: to nothing.
    """

    id: UUID
    messages: Mapping[str, str]
    within: Any
    on: frozenset[str]
    stages: frozenset[Any]
    outcomes: frozenset[str]
    fields: frozenset[str]
    conditions: Tree
    demands: Sequence[Demand]
    askable: Fields
    on_import: bool = True


@dataclass(frozen=True, slots=True, kw_only=True)
class Attempt:
    """A change that somebody tries: what is done, and how the record would stand after it.

    `outcome` is how it ended, where this change ends it.
    """

    record_id: UUID
    within: Any
    does: frozenset[str]  # of create, enter, update, archive, merge
    stage: Any
    outcome: str | None
    changed: frozenset[str]
    values: Values
    is_import: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
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


Check = Callable[[Demand, Values, Any, Fields], bool]


@dataclass(frozen=True, slots=True)
class Rulebook:
    """What can be demanded of the records of one service, and how their refusals read.

    `looked_up` says which demands need to be looked up beside the record's own row, and where.
    """

    words: Words
    checks: Mapping[str, Check]
    pointers: Mapping[str, str]
    looked_up: Mapping[str, str]

    def wanted(self, entries: Sequence[ValidationEntry]) -> set[str]:
        """Return what must be looked up before these can be asked."""
        named = {str(demand["check"]) for one in entries for demand in one.demands}
        return {place for check, place in self.looked_up.items() if check in named}

    def refusals(
        self, entries: Sequence[ValidationEntry], attempt: Attempt, beside: Beside
    ) -> Iterator[Refusal]:
        """Yield every demand that the record does not meet; no demands means: not at all."""
        for entry in entries:
            for demand in entry.demands or ({"check": "never"},):
                check = str(demand["check"])
                if not self.checks[check](demand, attempt.values, beside, entry.askable):
                    name = demand.get("field")
                    pointer = place_of(name) if name else self.pointers.get(check, "")
                    said = say(self.words, check, demand, entry.messages)
                    yield Refusal(entry.id, check, pointer, said)


def entry_of(row: Any, askable: Fields, *, within: Any, stages: Iterable[Any]) -> ValidationEntry:
    """Return a row as changes are held against it."""
    return ValidationEntry(
        id=row.id,
        messages=row.messages,
        within=within,
        on=frozenset(row.on),
        stages=frozenset(stages),
        outcomes=frozenset(row.outcomes),
        fields=frozenset(row.fields),
        # a part that names a field which was archived since is left out
        conditions=parse_surviving(row.conditions, askable)[0],
        askable=askable,
        demands=tuple(row.demands),
        on_import=row.on_import,
    )


def concerned(entries: Sequence[ValidationEntry], attempt: Attempt) -> list[ValidationEntry]:
    """Return the validations that have something to say of this change."""
    return [entry for entry in entries if _concerns(entry, attempt)]


def _concerns(entry: ValidationEntry, attempt: Attempt) -> bool:
    if entry.within not in (None, attempt.within) or (attempt.is_import and not entry.on_import):
        return False
    if not any(TRIGGERS[one](entry, attempt) for one in entry.on):
        return False
    return matches(entry.conditions, entry.askable, attempt.values)


def _enters(entry: ValidationEntry, attempt: Attempt) -> bool:
    is_meant = not entry.stages or attempt.stage in entry.stages
    return "enter" in attempt.does and is_meant


def _closes(entry: ValidationEntry, attempt: Attempt) -> bool:
    outcome = attempt.outcome
    is_meant = outcome in entry.outcomes if entry.outcomes else outcome not in NOT_ENDED
    return "enter" in attempt.does and is_meant


def _changes(entry: ValidationEntry, attempt: Attempt) -> bool:
    if "update" not in attempt.does:
        return False
    return bool(attempt.changed & entry.fields if entry.fields else attempt.changed)


TRIGGERS: Mapping[str, Callable[[ValidationEntry, Attempt], bool]] = {
    "create": lambda _, attempt: "create" in attempt.does,
    "stage": _enters,
    "outcome": _closes,
    "archive": lambda _, attempt: "archive" in attempt.does,
    "merge": lambda _, attempt: "merge" in attempt.does,
    "field": _changes,
}


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
LOOKED_UP = {"task_present": "work", "call_present": "work", "limit_per_user": "owner"}
BOOK = Rulebook(COMMON, CHECKS, POINTERS, LOOKED_UP)
