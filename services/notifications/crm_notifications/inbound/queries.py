"""Every SELECT of what comes in."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import RowMapping, Select, func, select
from sqlalchemy.ext.asyncio import AsyncSession

from crm_notifications.inbound.errors import InboundSystemNotFoundError, RunNotFoundError
from crm_notifications.inbound.models import Arrival, ArrivalBody, InboundSystem
from crm_shared.db.infrastructure import DEAD_LETTERS
from crm_shared.events import dead_letters
from crm_shared.events.refs import RefItem


@dataclass(frozen=True, slots=True)
class Stuck:
    """A dead letter that tells why an arrival could not be read."""

    id: UUID
    reason: str


def inbound_systems() -> Select[InboundSystem]:
    """The systems that may bring things in."""
    return select(InboundSystem).where(InboundSystem.deleted_at.is_(None))


async def find_system(session: AsyncSession, system: str) -> InboundSystem | None:
    return await session.scalar(inbound_systems().where(InboundSystem.system == system))


async def get_system(session: AsyncSession, system: str) -> InboundSystem:
    found = await find_system(session, system)
    if found is None:
        raise InboundSystemNotFoundError(system)
    return found


def runs_of(system: str) -> Select[Arrival]:
    """What one system brought."""
    return select(Arrival).where(Arrival.source_system == system)


async def get_run(session: AsyncSession, system: str, run_id: UUID) -> Arrival:
    found = await session.scalar(runs_of(system).where(Arrival.id == run_id).with_for_update())
    if found is None:
        raise RunNotFoundError(run_id)
    return found


async def hold_arrival(session: AsyncSession, arrival_id: UUID) -> Arrival | None:
    """One arrival, held until the transaction ends."""
    found = select(Arrival).where(Arrival.id == arrival_id).with_for_update()
    return (await session.scalars(found.execution_options(populate_existing=True))).one_or_none()


async def find_arrival_id(session: AsyncSession, system: str, external_id: str) -> UUID | None:
    found = runs_of(system).where(Arrival.external_id == external_id)
    return await session.scalar(found.with_only_columns(Arrival.id))


async def body_of(session: AsyncSession, arrival_id: UUID) -> bytes | None:
    """What came, unless it is not kept any more."""
    return await session.scalar(select(ArrivalBody.body).where(ArrivalBody.id == arrival_id))


async def count_since(session: AsyncSession, system: str, since: datetime) -> int:
    """How much one system brought since then."""
    came = select(func.count()).where(Arrival.source_system == system, Arrival.created_at > since)
    return int((await session.execute(came)).scalar_one())


async def stuck(session: AsyncSession, ids: Collection[UUID]) -> Mapping[UUID, Stuck]:
    """The open dead letters of arrivals, by arrival."""
    letters = DEAD_LETTERS.c
    found = select(letters.id, letters.subject, letters.reason).where(
        letters.subject.in_([str(one) for one in ids]), letters.state.in_(dead_letters.OPEN)
    )
    rows: Sequence[RowMapping] = (await session.execute(found)).mappings().all() if ids else []
    return {UUID(row["subject"]): Stuck(row["id"], row["reason"]) for row in rows}


async def inbound_refs(session: AsyncSession, ids: Sequence[UUID]) -> list[RefItem]:
    """Tell the words of what came in to whoever owns its kind, until it is made.

    Whose a message is follows from who wrote it: what he wrote stays here.
    """
    rows = await session.scalars(select(Arrival).where(Arrival.id.in_(ids)))
    return [
        RefItem(
            id=row.id,
            revision=row.revision,
            external_id=row.noun_external_id or row.external_id,
            source_system=row.source_system,
            data={
                "kind": row.kind,
                "fields": _needed_elsewhere(row),
                "came_at": row.created_at.isoformat(),
            },
        )
        for row in rows
        if row.fields is not None
    ]


def _needed_elsewhere(arrival: Arrival) -> dict[str, Any]:
    fields = arrival.fields or {}
    if arrival.kind != "message":
        return fields
    return {name: value for name, value in fields.items() if name not in ("text", "subject")}
