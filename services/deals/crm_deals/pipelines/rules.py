"""What a stage asks of a deal: pure functions and values."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any
from uuid import UUID

from crm_deals.events import DealFacts, Outcome
from crm_shared.errors import FieldError, InvalidError
from crm_shared.filters import (
    And,
    Comparison,
    Fields,
    Not,
    Or,
    Tree,
    fields_of,
    matches,
    parse_tree,
)
from crm_shared.nouns.fields import custom_name, held, place_of

REQUIREMENT_FIELDS = fields_of(DealFacts)
# what a person can fill in; the other facts of a deal follow from what he does
REQUIRABLE = frozenset(
    {
        "owner_id",
        "team_id",
        "contact_id",
        "company_id",
        "amount",
        "expected_amount",
        "expected_close_date",
        "channel",
        "source",
        "reason_id",
        "competitor_id",
        "credits",
        "line_items",
        "tags",
    }
)


@dataclass(frozen=True, slots=True)
class StageEntry:
    """A stage as the process knows it; never changed, only replaced."""

    id: UUID
    pipeline_id: UUID
    label: str
    position: int
    probability: int
    outcome: Outcome
    rotting_days: int | None = None
    required_fields: tuple[str, ...] = ()
    requirements: Tree | None = None
    is_archived: bool = False
    is_agreed: bool = False
    fields: Fields = field(default_factory=lambda: REQUIREMENT_FIELDS)


def faults_of(
    required_fields: Sequence[str],
    requirements: object,
    custom: Fields | None = None,
    *,
    pointer: str,
) -> Iterator[FieldError]:
    """Yield what is wrong with the demands of a stage before they are kept."""
    requirable = REQUIRABLE | {custom_name(name) for name in custom or ()}
    for position, name in enumerate(required_fields):
        if name not in requirable:
            known = ", ".join(sorted(requirable))
            yield FieldError(
                f"{pointer}/required_fields/{position}", "unknown-field", f"Known are: {known}."
            )
    if requirements is None:
        return
    try:
        fields = Fields({**REQUIREMENT_FIELDS, **(custom or {})})
        parse_tree(requirements, fields, pointer=f"{pointer}/requirements")
    except InvalidError as invalid:
        yield from invalid.errors


def unmet(stage: StageEntry, values: Mapping[str, Any]) -> Iterator[FieldError]:
    """Yield every requirement of `stage` that a deal with these values does not meet."""
    for name in stage.required_fields:
        if held(values, name) in (None, "", []):
            yield FieldError(
                place_of(name), "required-by-stage", f"{name} must be known in {stage.label!r}."
            )
    for part in _parts(stage.requirements):
        if not matches(part, stage.fields, values):
            yield FieldError(
                place_of(_first_field(part)),
                "stage-requirement",
                f"{stage.label!r} asks for: {describe(part)}.",
            )


def _parts(tree: Tree | None) -> Iterator[Tree]:
    """Split what must all be true, so that each missing part is named by itself."""
    if isinstance(tree, And):
        for item in tree.items:
            yield from _parts(item)
    elif tree is not None:
        yield tree


def _first_field(tree: Tree) -> str:
    if isinstance(tree, Comparison):
        return tree.field
    if isinstance(tree, Not):
        return _first_field(tree.item)
    return next((_first_field(item) for item in tree.items), "")


def describe(tree: Tree) -> str:
    """Say a condition in words that an API user can act on."""
    if isinstance(tree, Comparison):
        value = tree.value
        shown = ", ".join(map(str, value)) if isinstance(value, tuple) else str(value)
        return f"{tree.field} {tree.op} {shown}"
    if isinstance(tree, Not):
        return f"not ({describe(tree.item)})"
    word = " or " if isinstance(tree, Or) else " and "
    return "(" + word.join(describe(item) for item in tree.items) + ")"
