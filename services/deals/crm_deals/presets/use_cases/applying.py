"""Setting a preset up: all of it or nothing, through the verbs of its nouns."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncSession

from crm_deals.approval_policies.queries import list_policies_of
from crm_deals.approval_policies.use_cases import create_policy
from crm_deals.customs.catalogue import BOOK
from crm_deals.deal_rules.queries import list_rules_of
from crm_deals.deal_rules.use_cases import create_deal_rule
from crm_deals.nouns.catalogue import DEALS, ROOM
from crm_deals.pipelines.models import Pipeline
from crm_deals.pipelines.use_cases import create_pipeline
from crm_deals.presets import queries
from crm_deals.presets.errors import BrokenPresetError, PresetClashError
from crm_deals.presets.rules import PIPELINE, name_of, resolved, spoken, unresolved
from crm_deals.reasons.use_cases import create_reason
from crm_deals.validations.queries import list_validations_of
from crm_deals.validations.use_cases import create_validation
from crm_shared.errors import FieldError, InvalidError

Values = Mapping[str, Any]
# Reads a part as its own route would; raises InvalidError with pointers into that part.
Read = Callable[[Values], dict[str, Any]]


@dataclass(frozen=True, slots=True)
class Makers:
    """How the parts of a preset are read."""

    custom_field: Read
    pipeline: Read
    stage: Read
    reason: Read
    rule: Read
    validation: Read
    policy: Read


@dataclass(frozen=True, slots=True)
class Order:
    """A preset as it was sent, and how to set it up."""

    deals: Values
    # by service: what it is to be sent
    elsewhere: Mapping[str, Mapping[str, Sequence[Values]]]
    language: str
    label: str | None = None


@dataclass(slots=True)
class Applied:
    """What came of it."""

    label: str
    pipeline_id: UUID | None = None
    created: dict[str, int] = field(default_factory=dict)
    reused: list[str] = field(default_factory=list)
    references: dict[str, str] = field(default_factory=dict)
    elsewhere: dict[str, dict[str, list[Any]]] = field(default_factory=dict)


async def apply_preset(session: AsyncSession, order: Order, makers: Makers) -> Applied:
    """Set up fields, pipeline, reasons and rules, announced like any others.

    What is there already is used as it is: a pipeline of the label that has all of the stages, its
    rules by name, reasons of the same label and outcome, fields of the same key and type.
    """
    deals = spoken(order.deals, order.language)
    pipeline = _read(makers.pipeline, deals["pipeline"], "/preset/deals/pipeline")
    pipeline["label"] = order.label or pipeline["label"]
    applied = Applied(pipeline["label"])
    # first of all: stages and rules may ask for them
    await _make_custom_fields(session, deals, makers, applied)
    there = await queries.find_pipeline_by_label(session, pipeline["label"])
    if there is None:
        await _make_pipeline(session, deals, pipeline, makers, applied)
    else:
        _use_pipeline(there, deals, applied)
    await _make_reasons(session, deals, makers, applied)
    await _make_rules(session, deals, makers, applied)
    for service, part in order.elsewhere.items():
        applied.elsewhere[service] = resolved(spoken(part, order.language), applied.references)
        _must_be_whole(applied.elsewhere[service], f"/preset/{service}")
    return applied


async def _make_rules(
    session: AsyncSession, deals: Values, makers: Makers, applied: Applied
) -> None:
    pipeline_id = UUID(applied.references[PIPELINE])
    sections = (
        ("rules", makers.rule, create_deal_rule, list_rules_of),
        ("validations", makers.validation, create_validation, list_validations_of),
        ("approval_policies", makers.policy, create_policy, list_policies_of),
    )
    for section, read, create, list_of in sections:
        there: Sequence[Any] = await list_of(session, pipeline_id)
        held, made = {one.name for one in there}, 0
        for index, part in enumerate(deals.get(section) or ()):
            pointer = f"/preset/deals/{section}/{index}"
            known = resolved({"pipeline_id": PIPELINE, **part}, applied.references)
            _must_be_whole(known, pointer)
            values = _read(read, known, pointer)
            if values["name"] in held:
                applied.reused.append(values["name"])
            else:
                await create(session, values)
                made += 1
        applied.created[section] = made


def _use_pipeline(there: Pipeline, deals: Values, applied: Applied) -> None:
    """Take a pipeline that is there for the preset's own, if none of its stages is missing."""
    standing = {
        (one.label, one.outcome): one.id for one in there.in_order() if one.archived_at is None
    }
    for part in deals["stages"]:
        found = standing.get((part.get("label"), part.get("outcome", "open")))
        if found is None:
            raise PresetClashError(there.label)
        applied.references[name_of("stage", part["key"])] = str(found)
    applied.pipeline_id = there.id
    applied.references[PIPELINE] = str(there.id)
    applied.reused.append(there.label)
    applied.created |= {"pipelines": 0, "stages": 0}


async def _make_pipeline(
    session: AsyncSession, deals: Values, pipeline: Values, makers: Makers, applied: Applied
) -> None:
    stages = [
        _read(makers.stage, _without_key(part), f"/preset/deals/stages/{index}")
        for index, part in enumerate(deals["stages"])
    ]
    made = await create_pipeline(session, pipeline, stages)
    applied.pipeline_id = made.id
    applied.references[PIPELINE] = str(made.id)
    ordered = made.in_order()
    applied.references |= {
        name_of("stage", part["key"]): str(stage.id)
        for part, stage in zip(deals["stages"], ordered, strict=True)
    }
    applied.created |= {"pipelines": 1, "stages": len(ordered)}


async def _make_custom_fields(
    session: AsyncSession, deals: Values, makers: Makers, applied: Applied
) -> None:
    made = 0
    for index, part in enumerate(deals.get("custom_fields") or ()):
        pointer = f"/preset/deals/custom_fields/{index}"
        values = _read(makers.custom_field, part, pointer)
        held = (await BOOK.reload(session, DEALS.name)).get(values["key"])
        if held is None:
            await _define(session, values, pointer)
            made += 1
        elif held.is_archived or (held.type, held.of) != (values["type"], values.get("of")):
            words = "There is a field of this key already, and it holds something else."
            raise BrokenPresetError([FieldError(f"{pointer}/key", "other-type", words)])
        else:
            applied.reused.append(held.key)
    applied.created["custom_fields"] = made


async def _define(session: AsyncSession, values: Values, pointer: str) -> None:
    try:
        await ROOM.definitions(DEALS).create(session, values)
    except InvalidError as invalid:
        raise _broken(invalid, pointer) from invalid


async def _make_reasons(
    session: AsyncSession, deals: Values, makers: Makers, applied: Applied
) -> None:
    made = 0
    for index, part in enumerate(deals.get("reasons") or ()):
        values = _read(makers.reason, _without_key(part), f"/preset/deals/reasons/{index}")
        reason = await queries.find_reason(session, values["outcome"], values["label"])
        if reason is None:
            reason = await create_reason(session, values)
            made += 1
        else:
            applied.reused.append(reason.label)
        applied.references[name_of("reason", part["key"])] = str(reason.id)
    applied.created["reasons"] = made


def _without_key(part: Values) -> dict[str, Any]:
    return {name: value for name, value in part.items() if name != "key"}


def _read(read: Read, part: Values, pointer: str) -> dict[str, Any]:
    try:
        return read(part)
    except InvalidError as invalid:
        raise _broken(invalid, pointer) from invalid


def _broken(invalid: InvalidError, pointer: str) -> BrokenPresetError:
    return BrokenPresetError(
        FieldError(f"{pointer}{one.pointer}", one.code, one.detail) for one in invalid.errors
    )


def _must_be_whole(part: Any, pointer: str) -> None:
    left = list(unresolved(part, pointer))
    if left:
        raise BrokenPresetError(
            FieldError(place, "unknown-name", "The preset holds nothing of this key.")
            for place, _name in left
        )
