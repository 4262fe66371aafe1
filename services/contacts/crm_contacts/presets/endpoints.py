"""Routes of the presets feature: under the task rules, whose they are."""

from collections.abc import Mapping
from typing import Annotated, Any
from uuid import UUID

from fastapi import Query
from pydantic import ValidationError

from crm_contacts.permissions import READ_TASK_RULES, WRITE_TASK_RULES
from crm_contacts.presets import use_cases
from crm_contacts.presets.errors import BrokenPresetError
from crm_contacts.presets.schemas import AppliedPartOut, ApplyPartIn, ContactsPart
from crm_contacts.presets.use_cases import Applied
from crm_contacts.task_rules.fields import READABLE
from crm_contacts.task_rules.schemas import TaskRuleIn, TaskRuleOut
from crm_shared.errors import InvalidError
from crm_shared.http.auth import require
from crm_shared.http.problems import field_errors, responses
from crm_shared.http.routing import service_router
from crm_shared.http.session import ReadSessionDep, SessionDep

router = service_router(prefix="/v1/task-rules", tags=["presets"])
# what belongs to one installation only
LEFT_OUT = frozenset({"active_from", "is_active", "source_system", "external_id"})
TAKEN = [name for name in TaskRuleIn.model_fields if name not in LEFT_OUT]


def _read(part: Mapping[str, Any]) -> dict[str, Any]:
    try:
        return TaskRuleIn.model_validate(part).model_dump(exclude_unset=True)
    except ValidationError as invalid:
        found = [{**one, "loc": ("body", *one["loc"])} for one in invalid.errors()]
        raise InvalidError(*field_errors(found)) from invalid


class _TakenBack(Exception):
    """Ends a dry run: nothing of it stays."""


@router.get(
    "/preset",
    response_model=ContactsPart,
    dependencies=[require(READ_TASK_RULES)],
    operation_id="export_tasks_preset",
)
async def export_tasks_preset(
    session: ReadSessionDep,
    about: Annotated[
        list[UUID], Query(max_length=500, description="Ids of a pipeline, its stages and reasons")
    ],
) -> ContactsPart:
    """Write the task rules that ask for one of these ids as one part."""
    rules = await use_cases.rules_about(session, about)
    shown = [
        TaskRuleOut.model_validate(rule, from_attributes=True).model_dump(mode="json")
        for rule in rules
    ]
    return ContactsPart(
        task_rules=[{name: one[name] for name in TAKEN if name in one} for one in shown]
    )


@router.post(
    "/presets",
    response_model=AppliedPartOut,
    status_code=201,
    dependencies=[require(WRITE_TASK_RULES)],
    responses=responses(BrokenPresetError),
    operation_id="apply_tasks_preset",
)
async def apply_tasks_preset(session: SessionDep, body: ApplyPartIn) -> AppliedPartOut:
    """Set up task rules, all of them or nothing; sent twice, each is there once.

    With `dry_run` everything is checked and taken back.
    """
    applied: Applied | None = None
    try:
        async with session.begin_nested():
            rules = body.part.task_rules
            applied = await use_cases.apply_part(
                session, body.preset_id, rules, read=_read, readable=READABLE
            )
            if body.dry_run:
                raise _TakenBack
    except _TakenBack:
        session.expunge_all()
    if applied is None:
        raise RuntimeError("a part was neither applied nor refused")
    return AppliedPartOut(dry_run=body.dry_run, created=applied.created, reused=applied.reused)
