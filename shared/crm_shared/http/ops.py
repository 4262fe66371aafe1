"""What an operator may see and do: the outbox, dead letters, the event log."""

from datetime import datetime
from typing import Annotated, Any
from uuid import UUID

from fastapi import Query, Response
from pydantic import AwareDatetime, BaseModel, ConfigDict, Field

from crm_shared.actor import Permission, Role, Scope
from crm_shared.events import dead_letters, event_log
from crm_shared.events.dead_letters import DeadLetterNotFoundError, DeadLetterSettledError
from crm_shared.http.auth import require
from crm_shared.http.problems import responses
from crm_shared.http.routing import service_router
from crm_shared.http.session import ReadSessionDep, SessionDep, SettingsDep

OPERATE = Permission("ops:operate", {Role.ADMIN: Scope.ALL})


router = service_router(prefix="/ops", tags=["ops"], dependencies=[require(OPERATE)])


class OutboxOut(BaseModel):
    """How far the relay is behind."""

    pending: int
    oldest_seconds: float


class StatusOut(BaseModel):
    """How the street looks from this service."""

    service: str
    outbox: OutboxOut
    dead_letters: int


class DeadLetterOut(BaseModel):
    """An event that a handler could not handle."""

    model_config = ConfigDict(from_attributes=True)

    id: UUID
    durable: str
    event_id: UUID | None
    type: str | None
    subject: str | None
    stream: str
    stream_seq: int
    reason: str
    error_class: str | None
    attempts: int
    state: str
    note: str | None
    first_at: datetime
    last_at: datetime


class DeadLetterDetailOut(DeadLetterOut):
    """A dead letter with the message as it came."""

    payload: str


class DeadLetterPageOut(BaseModel):
    """Dead letters that wait for a decision, oldest first."""

    items: list[DeadLetterOut]
    next_cursor: UUID | None


class DropIn(BaseModel):
    """Why a dead letter is given up."""

    model_config = ConfigDict(extra="forbid")

    reason: str = Field(min_length=1, max_length=500, pattern=r"^[^\x00]*$")


class RepublishIn(BaseModel):
    """From which instant on events are published again."""

    model_config = ConfigDict(extra="forbid")

    since: AwareDatetime


class RepublishedOut(BaseModel):
    """How many events wait for the relay again."""

    rows: int


@router.get("/status")
async def service_status(session: ReadSessionDep, settings: SettingsDep) -> StatusOut:
    """Tell how far behind the outbox is and how many dead letters are open."""
    pending, oldest = await event_log.backlog(session)
    return StatusOut(
        service=settings.service,
        outbox=OutboxOut(pending=pending, oldest_seconds=oldest),
        dead_letters=await dead_letters.count_open(session),
    )


@router.get("/dead-letters")
async def list_dead_letters(
    session: ReadSessionDep,
    cursor: UUID | None = None,
    limit: Annotated[int, Query(ge=1, le=500)] = 50,
) -> DeadLetterPageOut:
    """List what waits for a decision."""
    rows = await dead_letters.list_open(session, after=cursor, limit=limit + 1)
    items = [DeadLetterOut.model_validate(dict(row)) for row in rows[:limit]]
    return DeadLetterPageOut(items=items, next_cursor=items[-1].id if len(rows) > limit else None)


@router.get("/dead-letters/{letter_id}", responses=responses(DeadLetterNotFoundError))
async def get_dead_letter(letter_id: UUID, session: ReadSessionDep) -> DeadLetterDetailOut:
    """Show one dead letter with its message."""
    row: dict[str, Any] = dict(await dead_letters.get(session, letter_id))
    payload = bytes(row["payload"]).decode("utf-8", "replace")
    return DeadLetterDetailOut.model_validate({**row, "payload": payload})


@router.post(
    "/dead-letters/{letter_id}/retry",
    status_code=202,
    responses=responses(DeadLetterNotFoundError, DeadLetterSettledError),
)
async def retry_dead_letter(letter_id: UUID, session: SessionDep) -> Response:
    """Have the worker handle it once more."""
    await dead_letters.mark_retry(session, letter_id)
    return Response(status_code=202)


@router.post(
    "/dead-letters/{letter_id}/drop",
    status_code=204,
    responses=responses(DeadLetterNotFoundError, DeadLetterSettledError),
)
async def drop_dead_letter(letter_id: UUID, body: DropIn, session: SessionDep) -> Response:
    """Give it up, saying why."""
    await dead_letters.drop(session, letter_id, body.reason)
    return Response(status_code=204)


@router.post("/events/republish")
async def republish_events(body: RepublishIn, session: SessionDep) -> RepublishedOut:
    """Publish everything recorded since an instant again; readers know the ids."""
    return RepublishedOut(rows=await event_log.republish(session, body.since))
