"""A shoe shop: a service as small as one can be, on which the toolbox's HTTP is tried."""

import asyncio
from decimal import Decimal
from typing import Annotated, Any
from uuid import UUID

from fastapi import Depends, FastAPI, Response
from pydantic import BaseModel, ConfigDict, Field
from sqlalchemy import select, text
from sqlalchemy.ext.asyncio import AsyncSession

from crm_shared import context
from crm_shared.actor import Access
from crm_shared.app import service_app
from crm_shared.db.engine import make_engine
from crm_shared.db.infrastructure import INFRASTRUCTURE
from crm_shared.db.scope import visible
from crm_shared.errors import NotFoundError
from crm_shared.events import outbox
from crm_shared.http.auth import public, require, signed_in
from crm_shared.http.batch import BatchIn, BatchOut, run_batch
from crm_shared.http.etag import IfMatch, check_revision, tag
from crm_shared.http.idempotency import answer_is_not_kept
from crm_shared.http.pagination import ListQuery, Page, Rows, SearchIn, list_page, search_query
from crm_shared.http.problems import responses
from crm_shared.http.routing import service_router
from crm_shared.http.session import AutocommitDep, ReadSessionDep, SessionDep
from crm_shared.ids import new_id
from crm_shared.settings import ServiceSettings
from crm_shared.testing.shoes import (
    HEAD,
    READ,
    SHOES,
    WRITE,
    Base,
    Kind,
    Shoe,
    ShoeCreated,
    ShoeUpdated,
)


class ShoeNotFoundError(NotFoundError):
    problem = "shoe-not-found"

    def __init__(self, shoe_id: UUID) -> None:
        super().__init__(f"There is no shoe {shoe_id}.", shoe_id=str(shoe_id))


class ShoeIn(BaseModel):
    """A shoe as somebody writes it."""

    model_config = ConfigDict(extra="forbid")

    title: str = Field(min_length=1)
    kind: Kind = Kind.BOOT
    price: Decimal | None = None
    size: int | None = None
    external_id: str | None = Field(default=None, max_length=200)


class ShoeOut(BaseModel):
    """A shoe."""

    model_config = ConfigDict(from_attributes=True)

    id: UUID
    revision: int
    title: str
    kind: Kind
    price: Decimal | None
    size: int | None
    owner_id: UUID


router = service_router(prefix="/v1/shoes", tags=["shoes"])
ReadAccess = Annotated[Access, require(READ)]
WriteAccess = Annotated[Access, require(WRITE)]


@router.get("", response_model=Page[ShoeOut])
async def list_shoes(
    query: Annotated[ListQuery, Depends(SHOES)],
    access: ReadAccess,
    session: ReadSessionDep,
    shop: str | None = None,
) -> Rows[Shoe]:
    """List shoes."""
    shown = select(Shoe).where(visible(access, Shoe.owner_id, Shoe.team_id))
    return await list_page(session, shown if shop is None else shown.where(text("false")), query)


@router.post("/search", response_model=Page[ShoeOut])
async def search_shoes(body: SearchIn, access: ReadAccess, session: ReadSessionDep) -> Rows[Shoe]:
    """Search shoes."""
    shown = select(Shoe).where(visible(access, Shoe.owner_id, Shoe.team_id))
    return await list_page(session, shown, search_query(body, SHOES))


@router.post("", response_model=ShoeOut, status_code=201)
async def create_shoe(
    body: ShoeIn, access: WriteAccess, session: SessionDep, response: Response
) -> Shoe:
    """Take a shoe in."""
    shoe = await take_in(session, access, body)
    tag(response, shoe)
    return shoe


async def take_in(session: AsyncSession, access: Access, body: ShoeIn) -> Shoe:
    """Make a shoe and announce it."""
    shoe = Shoe(
        id=new_id(),
        **body.model_dump(),
        source_system="shop" if body.external_id else None,
        owner_id=access.actor.id,
    )
    session.add(shoe)
    await outbox.record(session, shoe, ShoeCreated(title_length=len(body.title)))
    return shoe


@router.post("/batch")
async def create_shoes(body: BatchIn[ShoeIn], access: WriteAccess, session: SessionDep) -> BatchOut:
    """Take many shoes in."""

    async def one(item: ShoeIn) -> Shoe:
        return await take_in(session, access, item)

    return await run_batch(session, body.items, one, atomic=body.atomic)


@router.get("/{shoe_id}", response_model=ShoeOut, responses=responses(ShoeNotFoundError))
async def get_shoe(
    shoe_id: UUID, access: ReadAccess, session: ReadSessionDep, response: Response
) -> Shoe:
    """Show a shoe."""
    shoe = await find(session, access, shoe_id)
    tag(response, shoe)
    return shoe


async def find(session: AsyncSession, access: Access, shoe_id: UUID) -> Shoe:
    """Return a shoe that the caller may see."""
    seen = visible(access, Shoe.owner_id, Shoe.team_id)
    shoe = await session.scalar(select(Shoe).where(Shoe.id == shoe_id, seen))
    if shoe is None:
        raise ShoeNotFoundError(shoe_id)
    return shoe


@router.put("/{shoe_id}", response_model=ShoeOut, responses=responses(ShoeNotFoundError))
async def change_shoe(
    shoe_id: UUID, body: ShoeIn, access: WriteAccess, expected: IfMatch, session: SessionDep
) -> Shoe:
    """Change a shoe."""
    shoe = await find(session, access, shoe_id)
    check_revision(shoe, expected)
    shoe.title, shoe.price, shoe.size = body.title, body.price, body.size
    await outbox.record(session, shoe, ShoeUpdated(title_length=len(body.title)))
    return shoe


@router.post("/slow", status_code=201)
async def create_slowly(body: ShoeIn, access: WriteAccess, session: SessionDep) -> ShoeOut:
    """Take a shoe in without hurry."""
    shoe = await take_in(session, access, body)
    await session.execute(text("SELECT pg_sleep(0.3)"))
    return ShoeOut.model_validate(shoe)


@router.post("/quick", status_code=201)
async def create_quickly(body: ShoeIn, access: WriteAccess, session: AutocommitDep) -> ShoeOut:
    """Take a shoe in, each statement by itself."""
    return ShoeOut.model_validate(await take_in(session, access, body))


@router.post("/secret", status_code=201)
@answer_is_not_kept
async def create_secret(body: ShoeIn, access: WriteAccess, session: SessionDep) -> ShoeOut:
    """Take a shoe in and answer with something secret."""
    return ShoeOut.model_validate(await take_in(session, access, body))


@router.post("/boxes", status_code=201)
async def try_box(session: SessionDep, access: WriteAccess) -> dict[str, Any]:
    """Fail after having written."""
    await take_in(session, access, ShoeIn(title="lost"))
    raise RuntimeError("a customer's name: Шевченко")


@router.post("/upload", max_body_size=3 * 1024 * 1024, dependencies=[require(WRITE)])
async def upload(body: ShoeIn) -> dict[str, int]:
    """Take a larger body."""
    return {"length": len(body.title)}


@router.get("/me/context")
async def show_context(access: Annotated[Access, signed_in()]) -> dict[str, str | None]:
    """Show what rides along with a unit of work."""
    around = context.current()
    return {
        "actor": str(around.actor.id),
        "role": access.actor.role,
        "correlation": str(around.correlation_id),
        "trace": around.traceparent,
    }


@router.post("/door", dependencies=[public()])
async def open_door() -> dict[str, str]:
    """Greet anybody."""
    await asyncio.sleep(0)
    return {"hello": "friend"}


def create_app(settings: ServiceSettings) -> FastAPI:
    """Make the shop's application."""
    return service_app(
        settings,
        title="Shop",
        routers=[router],
        permissions=[READ, WRITE],
        schema_head=lambda: HEAD,
    )


async def prepare(url: str) -> None:
    """Make the shop's tables, as a migration would."""
    engine = make_engine(url, application="shop")
    async with engine.begin() as connection:
        await connection.run_sync(Base.metadata.create_all)
        await connection.run_sync(INFRASTRUCTURE.create_all)
        await connection.execute(text("CREATE TABLE alembic_version (version_num text)"))
        await connection.execute(text("INSERT INTO alembic_version VALUES (:head)"), {"head": HEAD})
    await engine.dispose()
