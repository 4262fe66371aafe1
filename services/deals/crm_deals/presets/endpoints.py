"""Routes of the presets feature: under the pipelines, whose they are."""

from collections.abc import Callable, Mapping
from typing import Annotated, Any
from uuid import UUID

from fastapi import Query
from pydantic import BaseModel, Field, ValidationError

from crm_deals.approval_policies import schemas as policies
from crm_deals.deal_rules import schemas as rules
from crm_deals.permissions import READ_CONFIGURATION, WRITE_CONFIGURATION
from crm_deals.pipelines.errors import PipelineNotFoundError
from crm_deals.pipelines.schemas import PipelineIn, StageIn
from crm_deals.presets import use_cases
from crm_deals.presets.errors import BrokenPresetError, PresetClashError
from crm_deals.presets.schemas import AppliedPresetOut, ApplyPresetIn, DealsPart, Preset
from crm_deals.presets.use_cases import Applied, Makers, Order, Shapes
from crm_deals.reasons.schemas import ReasonIn
from crm_deals.validations.schemas import ValidationIn
from crm_shared.errors import InvalidError
from crm_shared.http.auth import require
from crm_shared.http.problems import field_errors, responses
from crm_shared.http.routing import service_router
from crm_shared.http.session import ReadSessionDep, SessionDep
from crm_shared.nouns.schemas import CustomFieldIn

router = service_router(prefix="/v1/pipelines", tags=["presets"])
STAGELESS = {"stages"}


def _reader(
    body: type[BaseModel], stored: Callable[[Any], dict[str, Any]]
) -> Callable[[Mapping[str, Any]], dict[str, Any]]:
    def read(part: Mapping[str, Any]) -> dict[str, Any]:
        try:
            return stored(body.model_validate(part))
        except ValidationError as invalid:
            found = [{**one, "loc": ("body", *one["loc"])} for one in invalid.errors()]
            raise InvalidError(*field_errors(found)) from invalid

    return read


def _shape(body: type[BaseModel], *, without: str = "") -> Callable[[Any], dict[str, Any]]:
    names = [name for name in body.model_fields if name != without]

    def shown(row: Any) -> dict[str, Any]:
        values = {name: getattr(row, name) for name in names if hasattr(row, name)}
        return body.model_validate(values).model_dump(mode="json", exclude={without})

    return shown


class _PipelineAlone(PipelineIn):
    """A pipeline whose stages are a part of their own."""

    stages: list[StageIn] = Field(default_factory=list)


MAKERS = Makers(
    custom_field=_reader(CustomFieldIn, lambda body: dict(body.given())),
    pipeline=_reader(_PipelineAlone, lambda body: dict(body.model_dump(exclude=STAGELESS))),
    stage=_reader(StageIn, lambda body: dict(body.model_dump())),
    reason=_reader(ReasonIn, lambda body: dict(body.model_dump())),
    rule=_reader(rules.DealRuleIn, rules.stored),
    validation=_reader(ValidationIn, lambda body: dict(body.model_dump())),
    policy=_reader(policies.PolicyIn, policies.stored),
)
SHAPES = Shapes(
    custom_field=_shape(CustomFieldIn),
    pipeline=_shape(_PipelineAlone, without="stages"),
    stage=_shape(StageIn),
    reason=_shape(ReasonIn),
    rule=_shape(rules.DealRuleIn),
    validation=_shape(ValidationIn),
    policy=_shape(policies.PolicyIn),
)


class _TakenBack(Exception):
    """Ends a dry run: nothing of it stays."""


@router.get(
    "/{pipeline_id}/preset",
    response_model=Preset,
    dependencies=[require(READ_CONFIGURATION)],
    responses=responses(PipelineNotFoundError),
    operation_id="export_preset",
)
async def export_preset(
    pipeline_id: UUID,
    session: ReadSessionDep,
    name: Annotated[str | None, Query(max_length=200, description="The label when absent")] = None,
) -> Preset:
    """Write a pipeline, stages, custom fields, reasons, rules and policies as one file.

    Task rules and messages are parts of other services: `./crm preset export` joins them.
    """
    found = await use_cases.export_preset(session, pipeline_id, SHAPES)
    return Preset(name=name or found["name"], deals=DealsPart.model_validate(found["deals"]))


@router.post(
    "/presets",
    response_model=AppliedPresetOut,
    status_code=201,
    dependencies=[require(WRITE_CONFIGURATION)],
    responses=responses(PresetClashError, BrokenPresetError),
    operation_id="apply_preset",
)
async def apply_preset(session: SessionDep, body: ApplyPresetIn) -> AppliedPresetOut:
    """Set a preset up, all of it or nothing; with `dry_run` it is checked and taken back.

    Again is the same: a pipeline of the label with all of its stages is used as it is, and only
    what is missing is made.
    """
    order = Order(
        deals=body.preset.deals.model_dump(),
        elsewhere={
            "contacts": body.preset.contacts,
            "notifications": body.preset.notifications,
        },
        language=body.language,
        label=body.label,
    )
    applied: Applied | None = None
    try:
        async with session.begin_nested():
            applied = await use_cases.apply_preset(session, order, MAKERS)
            if body.dry_run:
                raise _TakenBack
    except _TakenBack:
        session.expunge_all()
    if applied is None:
        raise RuntimeError("a preset was neither applied nor refused")
    return AppliedPresetOut(
        dry_run=body.dry_run,
        pipeline_id=None if body.dry_run else applied.pipeline_id,
        label=applied.label,
        created=applied.created,
        reused=applied.reused,
        references={} if body.dry_run else applied.references,
        **applied.elsewhere,
    )
