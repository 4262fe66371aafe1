"""What can be done to a pipeline and its stages; every change is one revision of the pipeline."""

from collections.abc import Mapping, Sequence
from typing import Any, Literal
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncSession

from crm_deals.customs.catalogue import BOOK
from crm_deals.events import PipelineCreated, PipelineDeleted, PipelineFacts, PipelineUpdated
from crm_deals.pipelines import queries, rules
from crm_deals.pipelines.errors import (
    DefaultPipelineError,
    NoOpenStageError,
    PipelineInUseError,
    StageInUseError,
    StageOutcomeFixedError,
)
from crm_deals.pipelines.models import Pipeline, Stage
from crm_shared.clock import utc_now
from crm_shared.errors import InvalidError
from crm_shared.events import outbox
from crm_shared.events.outbox import ChangedMeanwhileError
from crm_shared.ids import new_id

Put = Literal["created", "updated", "unchanged"]
Values = Mapping[str, Any]
OPEN_STAGE: Values = {
    "outcome": "open",
    "rotting_days": None,
    "required_fields": [],
    "requirements": None,
    "is_agreed": False,
}


async def create_pipeline(
    session: AsyncSession, values: Values, stages: Sequence[Values]
) -> Pipeline:
    """Set up a pipeline with its stages in the given order; the first one is the default."""
    # there is always one default: a lead that names no pipeline must have somewhere to go
    former = await queries.find_default_pipeline(session)
    is_default = bool(values.get("is_default")) or former is None
    usual = {"unreliable_customers": "warn"}
    pipeline = Pipeline(id=new_id(), **{**usual, **values, "is_default": is_default})
    pipeline.stages = [_new_stage(stage) for stage in stages]
    _arrange(pipeline, pipeline.stages)
    await _check(session, pipeline)
    if former is not None and is_default:
        await _step_down(session, former)
    session.add(pipeline)
    event = PipelineCreated(pipeline=_facts(pipeline), changed=[], previous={})
    await outbox.record(session, pipeline, event)
    return pipeline


async def update_pipeline(
    session: AsyncSession, pipeline: Pipeline, values: Values, *, expected: int | None
) -> bool:
    """Relabel a pipeline, give it a currency, make it the default; tells whether it changed."""
    _check_revision(pipeline, expected)
    before = _facts(pipeline)
    await _fill(session, pipeline, values)
    return await _announce(session, pipeline, before)


async def delete_pipeline(
    session: AsyncSession, pipeline_id: UUID, *, expected: int | None
) -> None:
    """Remove a pipeline that never held a deal."""
    pipeline = await queries.get_pipeline(session, pipeline_id)
    _check_revision(pipeline, expected)
    if pipeline.is_default:
        raise DefaultPipelineError
    # deals that were put away count as well: their history names its stages
    if await queries.holds_deals(session, pipeline_id):
        raise PipelineInUseError(pipeline_id)
    pipeline.deleted_at = utc_now()
    event = PipelineDeleted(pipeline=_facts(pipeline), changed=["deleted_at"], previous={})
    await outbox.record(session, pipeline, event)


async def put_pipeline(
    session: AsyncSession, named: tuple[str, str], values: Values, stages: Sequence[Values]
) -> tuple[Pipeline, Put]:
    """Create or change the pipeline that another system knows under this id.

    Stages are known by their label: those that are given are changed or added, others stay.
    """
    system, external_id = named
    pipeline = await queries.find_pipeline_by_external_id(session, system, external_id)
    if pipeline is None:
        identified = {**values, "source_system": system, "external_id": external_id}
        return await create_pipeline(session, identified, stages), "created"
    before, had = _facts(pipeline), _demands(pipeline)
    await _fill(session, pipeline, values)
    known = {stage.label: stage for stage in pipeline.stages}
    for given in stages:
        # a file knows stages by their names only: one that is renamed there is a new one here
        stage = known.get(given["label"])
        if stage is None:
            pipeline.stages.append(_new_stage(given))
            pipeline.stages[-1].position = len(pipeline.stages)
        else:
            await _change_stage(session, stage, given)
    await _check(session, pipeline)
    changed = await _announce(session, pipeline, before, is_changed=had != _demands(pipeline))
    return pipeline, "updated" if changed else "unchanged"


async def add_stage(
    session: AsyncSession, pipeline_id: UUID, values: Values, *, position: int | None
) -> tuple[Pipeline, Stage]:
    """Add a stage to a pipeline, at its end or at a position."""
    pipeline = await queries.get_pipeline(session, pipeline_id)
    before = _facts(pipeline)
    stage = _new_stage(values)
    ordered = pipeline.in_order()
    ordered.insert(len(ordered) if position is None else position - 1, stage)
    pipeline.stages.append(stage)
    _arrange(pipeline, ordered)
    await _check(session, pipeline)
    await _announce(session, pipeline, before)
    return pipeline, stage


async def update_stage(
    session: AsyncSession, stage_id: UUID, values: Values, *, expected: int | None
) -> tuple[Pipeline, Stage]:
    """Change, move or archive a stage."""
    pipeline = await queries.get_pipeline_of_stage(session, stage_id)
    _check_revision(pipeline, expected)
    before, had = _facts(pipeline), _demands(pipeline)
    stage = pipeline.stage(stage_id)
    await _change_stage(session, stage, {k: v for k, v in values.items() if k != "position"})
    if values.get("position") is not None:
        ordered = [one for one in pipeline.in_order() if one is not stage]
        ordered.insert(values["position"] - 1, stage)
        _arrange(pipeline, ordered)
    await _check(session, pipeline)
    await _announce(session, pipeline, before, is_changed=had != _demands(pipeline))
    return pipeline, stage


async def delete_stage(session: AsyncSession, stage_id: UUID, *, expected: int | None) -> Pipeline:
    """Remove a stage that no deal ever entered; others are archived."""
    pipeline = await queries.get_pipeline_of_stage(session, stage_id)
    _check_revision(pipeline, expected)
    before = _facts(pipeline)
    stage = pipeline.stage(stage_id)
    # reports count by it for good: such a stage can be archived, not removed
    if await queries.was_entered(session, stage_id):
        raise StageInUseError(stage_id)
    pipeline.stages.remove(stage)
    _arrange(pipeline, pipeline.in_order())
    await _check(session, pipeline)
    await _announce(session, pipeline, before)
    return pipeline


async def _fill(session: AsyncSession, pipeline: Pipeline, values: Values) -> None:
    if pipeline.is_default and values.get("is_default") is False:
        raise DefaultPipelineError
    if values.get("is_default") and not pipeline.is_default:
        former = await queries.find_default_pipeline(session)
        if former is not None:
            await _step_down(session, former)
    for name, value in values.items():
        setattr(pipeline, name, value)


def _new_stage(values: Values) -> Stage:
    given = {name: value for name, value in values.items() if name != "is_archived"}
    return Stage(id=new_id(), **{**OPEN_STAGE, **given})


async def _change_stage(session: AsyncSession, stage: Stage, values: Values) -> None:
    outcome = values.get("outcome", stage.outcome)
    # what was won once must not become lost by a change of settings
    if outcome != stage.outcome and await queries.was_entered(session, stage.id):
        raise StageOutcomeFixedError(stage.id)
    for name, value in values.items():
        if name == "is_archived":
            stage.archived_at = (stage.archived_at or utc_now()) if value else None
        else:
            setattr(stage, name, value)


async def _step_down(session: AsyncSession, former: Pipeline) -> None:
    """Let the default pipeline be one like others; written first, for there is room for one."""
    before = _facts(former)
    former.is_default = False
    await _announce(session, former, before)


async def _announce(
    session: AsyncSession, pipeline: Pipeline, before: PipelineFacts, *, is_changed: bool = False
) -> bool:
    after = _facts(pipeline)
    old, new = before.model_dump(mode="json"), after.model_dump(mode="json")
    changed = [name for name in new if new[name] != old[name]]
    if not changed and not is_changed:
        return False
    event = PipelineUpdated(
        pipeline=after,
        # what a stage demands and whether it is archived are no facts of the wire, yet a change
        changed=changed or ["stages"],
        previous={name: old[name] for name in changed},
    )
    await outbox.record(session, pipeline, event)
    return True


def _arrange(pipeline: Pipeline, ordered: Sequence[Stage]) -> None:
    for position, stage in enumerate(ordered, start=1):
        stage.position = position
    pipeline.stages.sort(key=lambda stage: stage.position)


async def _check(session: AsyncSession, pipeline: Pipeline) -> None:
    if any("custom." in f"{one.required_fields}{one.requirements}" for one in pipeline.stages):
        # a field that was defined a moment ago in another process may be what the stage asks for
        await BOOK.reload(session, "deal")
    custom = await BOOK.filters(session, "deal", None)
    faults = [
        fault
        for index, stage in enumerate(pipeline.in_order())
        for fault in rules.faults_of(
            stage.required_fields, stage.requirements, custom, pointer=f"/stages/{index}"
        )
    ]
    if faults:
        raise InvalidError(*faults)
    if not any(s.outcome == "open" and s.archived_at is None for s in pipeline.stages):
        raise NoOpenStageError


def _check_revision(pipeline: Pipeline, expected: int | None) -> None:
    if expected not in (None, pipeline.revision):
        raise ChangedMeanwhileError


def _demands(pipeline: Pipeline) -> list[tuple[object, ...]]:
    return [(stage.id, stage.requirements, stage.archived_at) for stage in pipeline.in_order()]


def _facts(pipeline: Pipeline) -> PipelineFacts:
    return PipelineFacts.model_validate(pipeline, from_attributes=True)
