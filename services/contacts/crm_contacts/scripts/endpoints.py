"""Routes of the scripts feature."""

from typing import Annotated, Any
from uuid import UUID

from fastapi import Depends, Response, status

from crm_contacts.permissions import COMPLETE_STEPS, READ_SCRIPTS, WRITE_SCRIPTS
from crm_contacts.scripts import queries, use_cases
from crm_contacts.scripts.errors import (
    BrokenStepsError,
    NotThisStepError,
    RecordNotFoundError,
    ScriptNotFoundError,
    UnknownAnswerError,
)
from crm_contacts.scripts.fields import FIELDS, SORT
from crm_contacts.scripts.models import Script, ScriptRun
from crm_contacts.scripts.schemas import (
    CompleteIn,
    CompletionOut,
    RunOut,
    ScriptChangeIn,
    ScriptIn,
    ScriptOut,
)
from crm_shared.actor import Access
from crm_shared.http.auth import require
from crm_shared.http.etag import IfMatch, check_revision, tag
from crm_shared.http.pagination import ListQuery, Page, Rows, SearchIn, list_page, listing
from crm_shared.http.problems import responses
from crm_shared.http.routing import service_router
from crm_shared.http.session import ReadSessionDep, SessionDep

router = service_router(prefix="/v1/scripts", tags=["scripts"])
LISTING = listing(FIELDS, sort=SORT)
READ = [require(READ_SCRIPTS)]
WRITE = [require(WRITE_SCRIPTS)]


@router.get("", response_model=Page[ScriptOut], dependencies=READ)
async def list_scripts(
    session: ReadSessionDep, query: Annotated[ListQuery, Depends(LISTING)]
) -> Rows[Script]:
    """List scripts."""
    return await list_page(session, queries.all_scripts(), query)


@router.post("/search", response_model=Page[ScriptOut], dependencies=READ)
async def search_scripts(body: SearchIn, session: ReadSessionDep) -> Rows[Script]:
    """List scripts by a filter tree."""
    return await list_page(session, queries.all_scripts(), LISTING.search(body))


@router.post(
    "",
    response_model=ScriptOut,
    status_code=status.HTTP_201_CREATED,
    responses=responses(BrokenStepsError),
    dependencies=WRITE,
)
async def create_script(body: ScriptIn, session: SessionDep, response: Response) -> Script:
    """Write a script for a noun and a status."""
    script = await use_cases.create_script(session, body.model_dump(exclude_unset=True))
    tag(response, script)
    return script


@router.get(
    "/{script_id}",
    response_model=ScriptOut,
    responses=responses(ScriptNotFoundError),
    dependencies=READ,
)
async def get_script(script_id: UUID, session: ReadSessionDep, response: Response) -> Script:
    """Return a script."""
    script = await queries.get_script(session, script_id)
    tag(response, script)
    return script


@router.get(
    "/{script_id}/completion",
    response_model=CompletionOut,
    responses=responses(ScriptNotFoundError),
    dependencies=READ,
)
async def measure_script(script_id: UUID, session: ReadSessionDep) -> dict[str, Any]:
    """Measure how far records come in a script, and what is answered at each step."""
    await queries.get_script(session, script_id)
    begun, finished = await queries.count_runs(session, script_id)
    return {
        "begun": begun,
        "finished": finished,
        "completion": round(finished / begun, 4) if begun else None,
        "steps": [row._asdict() for row in await queries.count_steps(session, script_id)],
    }


@router.patch(
    "/{script_id}",
    response_model=ScriptOut,
    responses=responses(ScriptNotFoundError, BrokenStepsError),
    dependencies=WRITE,
)
async def update_script(
    script_id: UUID,
    body: ScriptChangeIn,
    expected: IfMatch,
    session: SessionDep,
    response: Response,
) -> Script:
    """Change a script; its revision is its version."""
    script = await queries.get_script(session, script_id)
    check_revision(script, expected)
    await use_cases.update_script(session, script, body.model_dump(exclude_unset=True))
    tag(response, script)
    return script


@router.delete(
    "/{script_id}",
    status_code=status.HTTP_204_NO_CONTENT,
    responses=responses(ScriptNotFoundError),
    dependencies=WRITE,
)
async def delete_script(script_id: UUID, expected: IfMatch, session: SessionDep) -> None:
    """Remove a script; what was completed stays counted."""
    script = await queries.get_script(session, script_id)
    check_revision(script, expected)
    await use_cases.delete_script(session, script)


@router.post(
    "/{script_id}/steps",
    response_model=RunOut,
    responses=responses(
        ScriptNotFoundError, RecordNotFoundError, NotThisStepError, UnknownAnswerError
    ),
)
async def complete_script_step(
    script_id: UUID,
    body: CompleteIn,
    access: Annotated[Access, require(COMPLETE_STEPS)],
    session: SessionDep,
) -> ScriptRun:
    """Say that a step was done with a record; the answer chooses the branch."""
    script = await queries.get_script(session, script_id)
    return await use_cases.complete_step(
        session, access, script, body.record_id, step=body.step, answer=body.answer
    )
