"""Routes of the pipelines feature: pipelines, and the stages within them."""

from typing import Annotated
from uuid import UUID

from fastapi import Depends, Response

from crm_deals.permissions import READ_CONFIGURATION, WRITE_CONFIGURATION
from crm_deals.pipelines import queries, use_cases
from crm_deals.pipelines.errors import (
    DefaultPipelineError,
    NoOpenStageError,
    PipelineInUseError,
    PipelineNotFoundError,
    StageInUseError,
    StageNotFoundError,
    StageOutcomeFixedError,
)
from crm_deals.pipelines.fields import PIPELINE_LISTING, STAGE_LISTING
from crm_deals.pipelines.models import Pipeline, Stage
from crm_deals.pipelines.schemas import (
    NewStageIn,
    PatchPipelineIn,
    PatchStageIn,
    PipelineIn,
    PipelineOut,
    StageOut,
)
from crm_shared.events.outbox import ChangedMeanwhileError
from crm_shared.http.auth import require
from crm_shared.http.etag import IfMatch, tag
from crm_shared.http.pagination import ListQuery, Page, Rows, list_page
from crm_shared.http.problems import responses
from crm_shared.http.routing import service_router
from crm_shared.http.session import ReadSessionDep, SessionDep

router = service_router(prefix="/v1/pipelines", tags=["pipelines"])
stages_router = service_router(prefix="/v1/stages", tags=["pipelines"])
Reading = [require(READ_CONFIGURATION)]
Writing = [require(WRITE_CONFIGURATION)]


@router.get(
    "", response_model=Page[PipelineOut], dependencies=Reading, operation_id="list_pipelines"
)
async def list_pipelines(
    session: ReadSessionDep, query: Annotated[ListQuery, Depends(PIPELINE_LISTING)]
) -> Rows[Pipeline]:
    """List pipelines with their stages."""
    return await list_page(session, queries.all_pipelines(), query)


@router.post(
    "",
    response_model=PipelineOut,
    status_code=201,
    dependencies=Writing,
    responses=responses(NoOpenStageError),
    operation_id="create_pipeline",
)
async def create_pipeline(session: SessionDep, body: PipelineIn, response: Response) -> Pipeline:
    """Set up a pipeline with its stages; the first one of all is the default."""
    values = body.model_dump(exclude={"stages"})
    stages = [stage.model_dump() for stage in body.stages]
    pipeline = await use_cases.create_pipeline(session, values, stages)
    response.headers["Location"] = f"/v1/pipelines/{pipeline.id}"
    tag(response, pipeline)
    return pipeline


@router.get(
    "/{pipeline_id}",
    response_model=PipelineOut,
    dependencies=Reading,
    responses=responses(PipelineNotFoundError),
    operation_id="get_pipeline",
)
async def get_pipeline(pipeline_id: UUID, session: ReadSessionDep, response: Response) -> Pipeline:
    """Read one pipeline with its stages."""
    pipeline = await queries.get_pipeline(session, pipeline_id)
    tag(response, pipeline)
    return pipeline


@router.patch(
    "/{pipeline_id}",
    response_model=PipelineOut,
    dependencies=Writing,
    responses=responses(PipelineNotFoundError, DefaultPipelineError, ChangedMeanwhileError),
    operation_id="update_pipeline",
)
async def update_pipeline(
    pipeline_id: UUID,
    body: PatchPipelineIn,
    expected: IfMatch,
    session: SessionDep,
    response: Response,
) -> Pipeline:
    """Relabel a pipeline, give it a currency, or make it the default."""
    pipeline = await queries.get_pipeline(session, pipeline_id)
    values = body.model_dump(exclude_unset=True)
    await use_cases.update_pipeline(session, pipeline, values, expected=expected)
    tag(response, pipeline)
    return pipeline


@router.put(
    "/by-external/{system}/{external_id}",
    response_model=PipelineOut,
    dependencies=Writing,
    responses=responses(NoOpenStageError, StageOutcomeFixedError, DefaultPipelineError),
    operation_id="put_pipeline",
)
async def put_pipeline(
    system: str, external_id: str, body: PipelineIn, session: SessionDep, response: Response
) -> Pipeline:
    """Create or change the pipeline that another system knows; stages are known by label."""
    values = body.model_dump(exclude={"stages"}, exclude_unset=True)
    stages = [stage.model_dump(exclude_unset=True) for stage in body.stages]
    pipeline, result = await use_cases.put_pipeline(session, (system, external_id), values, stages)
    response.status_code = 201 if result == "created" else 200
    response.headers["Crm-Result"] = result
    tag(response, pipeline)
    return pipeline


@router.delete(
    "/{pipeline_id}",
    status_code=204,
    dependencies=Writing,
    responses=responses(PipelineNotFoundError, PipelineInUseError, DefaultPipelineError),
    operation_id="delete_pipeline",
)
async def delete_pipeline(pipeline_id: UUID, expected: IfMatch, session: SessionDep) -> None:
    """Remove a pipeline that never held a deal."""
    await use_cases.delete_pipeline(session, pipeline_id, expected=expected)


@stages_router.get(
    "", response_model=Page[StageOut], dependencies=Reading, operation_id="list_stages"
)
async def list_stages(
    session: ReadSessionDep, query: Annotated[ListQuery, Depends(STAGE_LISTING)]
) -> Rows[Stage]:
    """List stages in the order of their pipelines: `pipeline_id=…`."""
    return await list_page(session, queries.all_stages(), query)


@stages_router.post(
    "",
    response_model=StageOut,
    status_code=201,
    dependencies=Writing,
    responses=responses(PipelineNotFoundError),
    operation_id="create_stage",
)
async def create_stage(session: SessionDep, body: NewStageIn, response: Response) -> Stage:
    """Add a stage to a pipeline; the ETag is the pipeline's."""
    values = body.model_dump(exclude={"pipeline_id", "position"})
    pipeline, stage = await use_cases.add_stage(
        session, body.pipeline_id, values, position=body.position
    )
    response.headers["Location"] = f"/v1/stages/{stage.id}"
    tag(response, pipeline)
    return stage


@stages_router.get(
    "/{stage_id}",
    response_model=StageOut,
    dependencies=Reading,
    responses=responses(StageNotFoundError),
    operation_id="get_stage",
)
async def get_stage(stage_id: UUID, session: ReadSessionDep, response: Response) -> Stage:
    """Read one stage; the ETag is its pipeline's."""
    pipeline = await queries.get_pipeline_of_stage(session, stage_id)
    tag(response, pipeline)
    return pipeline.stage(stage_id)


@stages_router.patch(
    "/{stage_id}",
    response_model=StageOut,
    dependencies=Writing,
    responses=responses(
        StageNotFoundError, StageOutcomeFixedError, NoOpenStageError, ChangedMeanwhileError
    ),
    operation_id="update_stage",
)
async def update_stage(
    stage_id: UUID,
    body: PatchStageIn,
    expected: IfMatch,
    session: SessionDep,
    response: Response,
) -> Stage:
    """Change, move or archive a stage; If-Match is the pipeline's ETag."""
    values = body.model_dump(exclude_unset=True)
    pipeline, stage = await use_cases.update_stage(session, stage_id, values, expected=expected)
    tag(response, pipeline)
    return stage


@stages_router.delete(
    "/{stage_id}",
    status_code=204,
    dependencies=Writing,
    responses=responses(StageNotFoundError, StageInUseError, NoOpenStageError),
    operation_id="delete_stage",
)
async def delete_stage(stage_id: UUID, expected: IfMatch, session: SessionDep) -> None:
    """Remove a stage that no deal ever entered; others are archived."""
    await use_cases.delete_stage(session, stage_id, expected=expected)
