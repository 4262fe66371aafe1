"""Every SELECT of the pipelines feature."""

from collections.abc import Mapping, Sequence
from typing import Any
from uuid import UUID

from sqlalchemy import Row, Select, Uuid, column, exists, func, or_, select, table
from sqlalchemy.ext.asyncio import AsyncSession
from sqlalchemy.orm import selectinload

from crm_deals.configuration.queries import GUARD_MARK
from crm_deals.customs.catalogue import BOOK
from crm_deals.pipelines.errors import (
    PipelineNotFoundError,
    StageNotFoundError,
    UnknownPlacesError,
)
from crm_deals.pipelines.models import Pipeline, Stage
from crm_deals.pipelines.rules import REQUIREMENT_FIELDS
from crm_shared.filters import Fields

DEFAULT_PIPELINE_LOCK = 0x6465616C73  # "deals"
# Named by hand: pipelines must not know the deals feature, which is built upon them.
DEALS = table("deals", column("pipeline_id", Uuid))
STAGE_MOVES = table("stage_moves", column("from_stage_id", Uuid), column("to_stage_id", Uuid))

PLACES = ("pipeline_id", "stage_ids")


def all_pipelines() -> Select[Pipeline]:
    """Select the pipelines with their stages."""
    return (
        select(Pipeline).where(Pipeline.deleted_at.is_(None)).options(selectinload(Pipeline.stages))
    )


def all_stages() -> Select[Stage]:
    """Select the stages of these pipelines, the archived ones too."""
    return select(Stage).join(Pipeline).where(Pipeline.deleted_at.is_(None))


async def fields_to_ask_for(session: AsyncSession) -> Fields:
    """Return what conditions over a deal may name: its own fields and custom ones."""
    return Fields({**REQUIREMENT_FIELDS, **await BOOK.filters(session, "deal", None)})


async def get_pipeline(session: AsyncSession, pipeline_id: UUID) -> Pipeline:
    """Return one pipeline with its stages."""
    pipeline = await session.scalar(all_pipelines().where(Pipeline.id == pipeline_id))
    if pipeline is None:
        raise PipelineNotFoundError(pipeline_id)
    return pipeline


async def get_pipeline_of_stage(session: AsyncSession, stage_id: UUID) -> Pipeline:
    """Return the pipeline that a stage belongs to."""
    owner = select(Stage.pipeline_id).where(Stage.id == stage_id).scalar_subquery()
    pipeline = await session.scalar(all_pipelines().where(Pipeline.id == owner))
    if pipeline is None:
        raise StageNotFoundError(stage_id)
    return pipeline


async def must_know_places(
    session: AsyncSession, values: Mapping[str, Any], *, of: object | None = None
) -> None:
    """Refuse values that name a pipeline or stages which are not there, or do not fit together.

    A change of the one is held against what the rule that is changed has of the other.
    """
    if of is not None and values.keys() & set(PLACES):
        values = {**{name: getattr(of, name) for name in PLACES}, **values}
    pipeline_id, stage_ids = values.get("pipeline_id"), values.get("stage_ids") or ()
    if pipeline_id is not None:
        known = all_pipelines().with_only_columns(Pipeline.id).where(Pipeline.id == pipeline_id)
        if await session.scalar(known) is None:
            raise UnknownPlacesError(pipeline=True)
    if not stage_ids:
        return
    found = all_stages().where(Stage.id.in_(stage_ids)).with_only_columns(Stage.id)
    if pipeline_id is not None:
        found = found.where(Stage.pipeline_id == pipeline_id)
    there = set(await session.scalars(found))
    if lost := [place for place, one in enumerate(stage_ids) if one not in there]:
        raise UnknownPlacesError(stages=lost)


async def find_pipeline_by_external_id(
    session: AsyncSession, system: str, external_id: str
) -> Pipeline | None:
    """Return the pipeline that another system knows under this id."""
    return await session.scalar(
        all_pipelines().where(Pipeline.source_system == system, Pipeline.external_id == external_id)
    )


async def find_default_pipeline(session: AsyncSession) -> Pipeline | None:
    """Return the pipeline in which deals begin when none is named."""
    return await session.scalar(all_pipelines().where(Pipeline.is_default))


async def was_entered(session: AsyncSession, stage_id: UUID) -> bool:
    """Tell whether a deal ever stood in this stage."""
    moves = STAGE_MOVES.c
    through = or_(moves.to_stage_id == stage_id, moves.from_stage_id == stage_id)
    return bool(await session.scalar(select(exists().where(through))))


async def holds_deals(session: AsyncSession, pipeline_id: UUID) -> bool:
    """Tell whether deals, the deleted ones too, belong to this pipeline."""
    belongs = DEALS.c.pipeline_id == pipeline_id
    return bool(await session.scalar(select(exists().where(belongs))))


async def was_ever_set_up(session: AsyncSession) -> bool:
    """Tell whether there was ever a pipeline, be it deleted since."""
    return await session.scalar(select(Pipeline.id).limit(1)) is not None


async def lock_first_start(session: AsyncSession) -> None:
    """Wait for one's turn among workers that start together."""
    await session.execute(select(func.pg_advisory_xact_lock(DEFAULT_PIPELINE_LOCK)))


async def marks_now(session: AsyncSession) -> tuple[int, int]:
    """Return what tells of changes: the mark of the guards, and all pipelines' revisions."""
    revisions = select(func.coalesce(func.sum(Pipeline.revision), 0)).scalar_subquery()
    mark, revision = (await session.execute(select(GUARD_MARK, revisions))).one()
    return int(mark), int(revision)


async def list_pipeline_rows(session: AsyncSession) -> Sequence[Row[*tuple[Any, ...]]]:
    """Return every pipeline as a plain row."""
    found = await session.execute(
        select(
            Pipeline.id,
            Pipeline.revision,
            Pipeline.currency,
            Pipeline.unreliable_customers,
            (Pipeline.is_default & Pipeline.deleted_at.is_(None)).label("is_default"),
        )
    )
    return found.all()


async def list_stage_rows(session: AsyncSession) -> Sequence[Row[*tuple[Any, ...]]]:
    """Return every stage in its order as a plain row."""
    found = await session.execute(
        select(*Stage.__table__.columns, Pipeline.deleted_at)
        .join_from(Stage, Pipeline)
        .order_by(Stage.pipeline_id, Stage.position)
    )
    return found.all()
