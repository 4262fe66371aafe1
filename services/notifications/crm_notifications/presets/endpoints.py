"""Routes of the presets feature: under the message rules, whose they are."""

from collections.abc import Callable, Mapping
from typing import Annotated, Any
from uuid import UUID

from fastapi import Query
from pydantic import BaseModel, ValidationError

from crm_notifications.message_rules.schemas import MessageRuleIn
from crm_notifications.permissions import (
    READ_MESSAGE_RULES,
    READ_TEMPLATES,
    WRITE_MESSAGE_RULES,
    WRITE_TEMPLATES,
)
from crm_notifications.presets import use_cases
from crm_notifications.presets.errors import BrokenPresetError
from crm_notifications.presets.schemas import AppliedPartOut, ApplyPartIn, NotificationsPart
from crm_notifications.presets.use_cases import Applied, Nouns
from crm_notifications.templates.schemas import TemplateIn
from crm_shared.errors import InvalidError
from crm_shared.http.auth import require
from crm_shared.http.problems import field_errors, responses
from crm_shared.http.routing import service_router
from crm_shared.http.session import ReadSessionDep, SessionDep

router = service_router(prefix="/v1/message-rules", tags=["presets"])


def _reader(body: type[BaseModel], *, mode: str) -> Callable[[Mapping[str, Any]], dict[str, Any]]:
    def read(part: Mapping[str, Any]) -> dict[str, Any]:
        try:
            return body.model_validate(part).model_dump(mode=mode)
        except ValidationError as invalid:
            found = [{**one, "loc": ("body", *one["loc"])} for one in invalid.errors()]
            raise InvalidError(*field_errors(found)) from invalid

    return read


def _shape(body: type[BaseModel]) -> Callable[[Any], dict[str, Any]]:
    def shown(row: Any) -> dict[str, Any]:
        values = {name: getattr(row, name) for name in body.model_fields}
        return body.model_validate(values).model_dump(mode="json")

    return shown


NOUNS = Nouns(
    read_template=_reader(TemplateIn, mode="json"),
    read_rule=_reader(MessageRuleIn, mode="python"),
    template=_shape(TemplateIn),
    rule=_shape(MessageRuleIn),
)


class _TakenBack(Exception):
    """Ends a dry run: nothing of it stays."""


@router.get(
    "/preset",
    response_model=NotificationsPart,
    dependencies=[require(READ_MESSAGE_RULES), require(READ_TEMPLATES)],
    operation_id="export_messages_preset",
)
async def export_messages_preset(
    session: ReadSessionDep,
    about: Annotated[
        list[UUID], Query(max_length=500, description="Ids of a pipeline, its stages and reasons")
    ],
) -> Any:
    """Write the message rules that ask for one of these ids, with their templates, as one part."""
    return await use_cases.export_part(session, about, NOUNS)


@router.post(
    "/presets",
    response_model=AppliedPartOut,
    status_code=201,
    dependencies=[require(WRITE_MESSAGE_RULES), require(WRITE_TEMPLATES)],
    responses=responses(BrokenPresetError),
    operation_id="apply_messages_preset",
)
async def apply_messages_preset(session: SessionDep, body: ApplyPartIn) -> AppliedPartOut:
    """Set up templates and message rules, all of them or nothing; sent twice, each is there once.

    With `dry_run` everything is checked and taken back.
    """
    applied: Applied | None = None
    try:
        async with session.begin_nested():
            part = body.part.plain()
            applied = await use_cases.apply_part(session, body.preset_id, part, NOUNS)
            if body.dry_run:
                raise _TakenBack
    except _TakenBack:
        session.expunge_all()
    if applied is None:
        raise RuntimeError("a part was neither applied nor refused")
    return AppliedPartOut(dry_run=body.dry_run, created=applied.created, reused=applied.reused)
