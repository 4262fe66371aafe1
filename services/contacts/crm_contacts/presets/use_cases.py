"""Setting up what contacts keeps of a preset, and writing it: through its nouns' verbs."""

import json
from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncSession

from crm_contacts.presets.errors import BrokenPresetError
from crm_contacts.task_rules import queries
from crm_contacts.task_rules.models import TaskRule
from crm_contacts.task_rules.use_cases import write_task_rule
from crm_shared.errors import FieldError, InvalidError
from crm_shared.filters import Fields

Values = Mapping[str, Any]
# Reads a rule as its own route would; raises InvalidError with pointers into it.
Read = Callable[[Values], dict[str, Any]]
SYSTEM, RULES = "preset", "/part/task_rules"


@dataclass(slots=True)
class Applied:
    """What came of it."""

    created: dict[str, int] = field(default_factory=lambda: {"task_rules": 0})
    reused: list[str] = field(default_factory=list)


async def apply_part(
    session: AsyncSession,
    preset_id: str,
    rules: Sequence[Values],
    *,
    read: Read,
    readable: Mapping[str, Fields],
) -> Applied:
    """Make task rules, each once by its place; what is there already is used as it is."""
    wanted = _whole(rules, read)
    applied = Applied()
    for number, values in enumerate(wanted, start=1):
        named = {"source_system": SYSTEM, "external_id": f"{preset_id}-{number}"}
        held = await queries.find_by_external(session, SYSTEM, named["external_id"])
        if held is not None and held.deleted_at is None:
            applied.reused.append(held.name)
            continue
        try:
            await write_task_rule(session, {**values, **named}, readable=readable)
        except InvalidError as invalid:
            raise BrokenPresetError(_placed(invalid, number - 1)) from invalid
        applied.created["task_rules"] += 1
    return applied


async def rules_about(session: AsyncSession, about: Collection[UUID]) -> list[TaskRule]:
    """Return the rules whose conditions ask for one of these ids, in a fixed order."""
    found = queries.all_task_rules().order_by(TaskRule.created_at, TaskRule.id)
    return [
        rule
        for rule in await session.scalars(found)
        if any(str(one) in json.dumps(rule.conditions) for one in about)
    ]


def _whole(rules: Sequence[Values], read: Read) -> list[dict[str, Any]]:
    """Read everything before anything is written, and name all that is wrong at once."""
    errors: list[FieldError] = []
    wanted = []
    for index, one in enumerate(rules):
        try:
            wanted.append(read(one))
        except InvalidError as invalid:
            errors += _placed(invalid, index)
    if errors:
        raise BrokenPresetError(errors)
    return wanted


def _placed(invalid: InvalidError, index: int) -> list[FieldError]:
    return [
        FieldError(f"{RULES}/{index}{one.pointer}", one.code, one.detail) for one in invalid.errors
    ]
