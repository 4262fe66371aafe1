"""Setting up what notifications keeps of a preset, and writing it: through its nouns' verbs."""

from collections import defaultdict
from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncSession

from crm_notifications.message_rules import queries as message_rules
from crm_notifications.message_rules.use_cases import upsert_message_rule
from crm_notifications.presets import queries
from crm_notifications.presets.errors import BrokenPresetError
from crm_notifications.presets.rules import LEFT_OUT, SYSTEM, external_id, key_of
from crm_notifications.templates import queries as templates
from crm_notifications.templates.use_cases import upsert_template
from crm_shared.errors import FieldError, InvalidError
from crm_shared.ids import new_id

Values = Mapping[str, Any]
# Reads a part as its own route would; raises InvalidError with pointers into that part.
Read = Callable[[Values], dict[str, Any]]
Shape = Callable[[Any], dict[str, Any]]
TEMPLATES, RULES = "/part/templates", "/part/message_rules"


@dataclass(frozen=True, slots=True)
class Nouns:
    """How templates and rules are read from a file and shown in one."""

    read_template: Read
    read_rule: Read
    template: Shape
    rule: Shape


@dataclass(slots=True)
class Applied:
    """What came of it."""

    created: dict[str, int] = field(default_factory=lambda: {"templates": 0, "message_rules": 0})
    reused: list[str] = field(default_factory=list)


async def apply_part(
    session: AsyncSession, preset_id: str, part: Mapping[str, Sequence[Values]], nouns: Nouns
) -> Applied:
    """Make templates and rules, each once by its key; what is there already is used as it is."""
    _must_be_whole(part, nouns)
    applied = Applied()
    ids: dict[str, UUID] = {}
    for index, one in enumerate(part["templates"]):
        named = external_id(preset_id, one["key"])
        found = await templates.find_by_external(session, SYSTEM, named)
        if found is None or found.deleted_at is not None:
            values = {**nouns.read_template(_without(one, "key")), **_known_as(named)}
            with _At(f"{TEMPLATES}/{index}"):
                found = await upsert_template(session, values)
            applied.created["templates"] += 1
        else:
            applied.reused.append(one["key"])
        ids[one["key"]] = found.id
    for index, one in enumerate(part["message_rules"]):
        named = external_id(preset_id, one["key"])
        held = await message_rules.find_by_external(session, SYSTEM, named)
        if held is not None and held.deleted_at is None:
            applied.reused.append(one["key"])
            continue
        values = nouns.read_rule(_rule_values(one, ids))
        with _At(f"{RULES}/{index}"):
            await upsert_message_rule(session, {**values, **_known_as(named)})
        applied.created["message_rules"] += 1
    return applied


async def export_part(
    session: AsyncSession, about: Collection[UUID], nouns: Nouns
) -> dict[str, list[dict[str, Any]]]:
    """Return the rules that ask for one of these ids, and the templates they speak through."""
    rules = await queries.rules_about(session, about)
    used = await queries.templates_of(session, rules)
    keys = {one.id: key_of(one, "t", index) for index, one in enumerate(used, start=1)}
    return {
        "templates": [{"key": keys[one.id], **_kept(nouns.template(one))} for one in used],
        "message_rules": [
            {
                "key": key_of(one, "m", index),
                "template": keys[one.template_id],
                **_kept(nouns.rule(one)),
                "steps": [_step_part(step, keys) for step in one.steps],
            }
            for index, one in enumerate(rules, start=1)
        ],
    }


def _must_be_whole(part: Mapping[str, Sequence[Values]], nouns: Nouns) -> None:
    """Read everything before anything is written, and name all that is wrong at once."""
    errors: list[FieldError] = []
    keys = [one["key"] for one in part["templates"]]
    for place, named in ((TEMPLATES, keys), (RULES, [one["key"] for one in part["message_rules"]])):
        errors += [
            FieldError(f"{place}/{index}/key", "duplicate", "This key is taken already.")
            for index, key in enumerate(named)
            if key in named[:index]
        ]
    for index, one in enumerate(part["templates"]):
        errors += _faults(nouns.read_template, _without(one, "key"), f"{TEMPLATES}/{index}")
    for index, one in enumerate(part["message_rules"]):
        words = "The part holds no template of this key."
        errors += [
            FieldError(f"{RULES}/{index}/{place}", "unknown-name", words)
            for place, key in _templates_named(one)
            if key not in keys
        ]
        made_up: defaultdict[str, UUID] = defaultdict(new_id)
        errors += _faults(nouns.read_rule, _rule_values(one, made_up), f"{RULES}/{index}")
    if errors:
        raise BrokenPresetError(errors)


def _faults(read: Read, values: Values, pointer: str) -> list[FieldError]:
    try:
        read(values)
    except InvalidError as invalid:
        return _placed(invalid, pointer)
    return []


class _At:
    """Says of a refusal in which part of the preset it stands."""

    def __init__(self, pointer: str) -> None:
        self._pointer = pointer

    def __enter__(self) -> None:
        """Nothing is to be prepared."""

    def __exit__(self, _kind: object, error: BaseException | None, _trace: object) -> None:
        if isinstance(error, InvalidError):
            raise BrokenPresetError(_placed(error, self._pointer)) from error


def _placed(invalid: InvalidError, pointer: str) -> list[FieldError]:
    return [FieldError(f"{pointer}{one.pointer}", one.code, one.detail) for one in invalid.errors]


def _templates_named(part: Values) -> list[tuple[str, object]]:
    steps = part.get("steps") or ()
    later = [(f"steps/{n}/template", step.get("template")) for n, step in enumerate(steps)]
    return [("template", part["template"]), *later]


def _rule_values(part: Values, ids: Mapping[str, UUID]) -> dict[str, Any]:
    steps = [
        {**_without(step, "template"), "template_id": ids[str(step.get("template"))]}
        for step in part.get("steps") or ()
    ]
    values = {**_without(part, "key", "template"), "template_id": ids[part["template"]]}
    return {**values, "steps": steps} if steps else values


def _step_part(step: Values, keys: Mapping[UUID, str]) -> dict[str, Any]:
    return {**_without(step, "template_id"), "template": keys[UUID(step["template_id"])]}


def _known_as(named: str) -> dict[str, str]:
    return {"source_system": SYSTEM, "external_id": named}


def _without(part: Values, *names: str) -> dict[str, Any]:
    return {name: value for name, value in part.items() if name not in names}


def _kept(values: dict[str, Any]) -> dict[str, Any]:
    return _without(values, *LEFT_OUT)
