"""Writing a preset from a pipeline and all that belongs to it."""

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncSession

from crm_deals.approval_policies.queries import list_policies_of
from crm_deals.deal_rules.queries import list_rules_of
from crm_deals.pipelines.queries import get_pipeline
from crm_deals.presets import queries
from crm_deals.presets.rules import PIPELINE, name_of, named
from crm_deals.validations.queries import list_validations_of

# Shows a row as its own route takes it.
Shape = Callable[[Any], dict[str, Any]]
# what belongs to one installation only
LEFT_OUT = frozenset({"is_default", "active_from", "pipeline_id"})


@dataclass(frozen=True, slots=True)
class Shapes:
    """How the rows of each noun are shown."""

    custom_field: Shape
    pipeline: Shape
    stage: Shape
    reason: Shape
    rule: Shape
    validation: Shape
    policy: Shape


async def export_preset(session: AsyncSession, pipeline_id: UUID, shapes: Shapes) -> dict[str, Any]:
    """Return a pipeline with its stages, every custom field and reason, its own rules, ids named.

    People and teams that rules name stay as ids: they are of this installation.
    """
    pipeline = await get_pipeline(session, pipeline_id)
    stages = [one for one in pipeline.in_order() if one.archived_at is None]
    reasons = await queries.list_reasons(session)
    stage_keys = {str(one.id): f"s{index}" for index, one in enumerate(stages, start=1)}
    reason_keys = {str(one.id): f"r{index}" for index, one in enumerate(reasons, start=1)}
    names = {
        str(pipeline.id): PIPELINE,
        **{row_id: name_of("stage", key) for row_id, key in stage_keys.items()},
        **{row_id: name_of("reason", key) for row_id, key in reason_keys.items()},
    }

    def shown(rows: Iterable[Any], shape: Shape) -> list[dict[str, Any]]:
        return [named(_kept(shape(row)), names) for row in rows]

    deals = {
        "pipeline": _kept(shapes.pipeline(pipeline)),
        "stages": [{"key": stage_keys[str(one.id)], **shapes.stage(one)} for one in stages],
        "custom_fields": [
            shapes.custom_field(one) for one in await queries.list_custom_fields(session)
        ],
        "reasons": [{"key": reason_keys[str(one.id)], **shapes.reason(one)} for one in reasons],
        "rules": shown(await list_rules_of(session, pipeline_id), shapes.rule),
        "validations": shown(await list_validations_of(session, pipeline_id), shapes.validation),
        "approval_policies": shown(await list_policies_of(session, pipeline_id), shapes.policy),
    }
    return {"name": pipeline.label, "deals": deals, "names": names}


def _kept(values: dict[str, Any]) -> dict[str, Any]:
    return {name: value for name, value in values.items() if name not in LEFT_OUT}
