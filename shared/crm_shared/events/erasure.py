"""Erasing a person: every service empties what it keeps and answers; nobody comes back restored."""

from collections.abc import Awaitable, Callable, Collection, Mapping, Sequence
from uuid import NAMESPACE_OID, UUID, uuid5

from sqlalchemy import ARRAY, Uuid, any_, bindparam, func, select, text
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.ext.asyncio import AsyncSession

from crm_shared.clock import utc_now
from crm_shared.db.engine import Sessions
from crm_shared.db.infrastructure import ERASED
from crm_shared.events import outbox, refs
from crm_shared.events.envelope import Envelope, Event, ForeignEvent
from crm_shared.events.jetstream import Bus, BusUnavailableError
from crm_shared.events.refs import RefItem
from crm_shared.events.subscription import Subscription, caused_by

A_PAGE = 1000
# Each body is read once, however many ids a person's records have: a search per id and body took
# longer than a statement may. Escaped, for an answer may be a file.
_FORGET = text("""
    DELETE FROM idempotency_keys
    WHERE EXISTS (
        SELECT FROM regexp_matches(
            encode(body, 'escape'), '[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}', 'g'
        ) AS told
        WHERE told[1] = ANY(CAST(:ids AS text[]))
    )
    RETURNING 1
""")
Emptied = Mapping[str, int]
Erase = Callable[[AsyncSession, UUID], Awaitable[Emptied]]
Tell = Callable[[UUID, Emptied], Event]


class SomebodyErased(ForeignEvent):
    """A person's data must be gone everywhere; the subject says whose."""


def subscription(
    durable: str, *, subject: str, erase: Erase, tell: Tell
) -> Subscription[SomebodyErased]:
    """Return the durable by which a service empties what it keeps of a person, and says so."""

    async def empty(session: AsyncSession, batch: Sequence[Envelope[SomebodyErased]]) -> None:
        for envelope in batch:
            with caused_by(envelope):
                await erase_here(session, envelope.subject, erase, tell)

    return Subscription(durable=durable, pattern=subject, reads=SomebodyErased, handler=empty)


async def erase_here(session: AsyncSession, person_id: UUID, erase: Erase, tell: Tell) -> None:
    """Empty what this service keeps of a person, remember that, and announce it."""
    emptied = await erase(session, person_id)
    revision = await remember(session, person_id)
    # the answer is a noun of its own: the same one however often it is given
    answer_id = uuid5(NAMESPACE_OID, f"{tell(person_id, emptied).type}|{person_id}")
    entry = outbox.entry_values(
        tell(person_id, emptied), aggregate_id=answer_id, revision=revision, at=utc_now()
    )
    await outbox.write_entries(session, [entry])


async def remember(session: AsyncSession, person_id: UUID) -> int:
    """Keep the id of somebody erased; return how many times that happened here."""
    again = {"revision": ERASED.c.revision + 1, "erased_at": func.now()}
    kept = (
        insert(ERASED)
        .values(id=person_id)
        .on_conflict_do_update(index_elements=["id"], set_=again)
        .returning(ERASED.c.revision)
    )
    return int((await session.execute(kept)).scalar_one())


async def forget_answers(session: AsyncSession, ids: Collection[UUID]) -> int:
    """Drop kept answers of requests that speak of these records."""
    gone = await session.execute(_FORGET, {"ids": [str(one) for one in ids]})
    return len(gone.all())


async def erased_after(session: AsyncSession, ids: Sequence[UUID]) -> list[RefItem]:
    """Tell who was erased here: the next thousand ids after the one asked with."""
    query = select(ERASED.c.id, ERASED.c.revision).where(ERASED.c.id > ids[0])
    rows = await session.execute(query.order_by(ERASED.c.id).limit(A_PAGE))
    return [RefItem(id=row.id, revision=row.revision, data={}) for row in rows]


async def erased_at(bus: Bus, owner: str) -> set[UUID]:
    """Ask a service for everybody it knows to be erased; nobody when it is away."""
    found: set[UUID] = set()
    cursor = UUID(int=0)
    try:
        while further := await _further(bus, owner, cursor):
            found |= further
            cursor = max(further)
    except BusUnavailableError:
        return found
    return found


async def _further(bus: Bus, owner: str, cursor: UUID) -> set[UUID]:
    # an answer that does not lead on would be asked for without end
    items = await refs.ask(bus, owner, "erased", [cursor])
    return {item.id for item in items if item.id > cursor}


async def erase_missing(sessions: Sessions, bus: Bus, erase: Erase, tell: Tell) -> int:
    """Erase whom contacts knows to be erased and this database, restored perhaps, does not."""
    everybody = await erased_at(bus, "contacts")
    async with sessions() as session:
        again = sorted(await missing(session, everybody))
    for person_id in again:
        async with sessions.begin() as session:
            await erase_here(session, person_id, erase, tell)
    return len(again)


async def missing(session: AsyncSession, ids: Collection[UUID]) -> set[UUID]:
    """Return those of these persons who are not erased here."""
    # one argument however many: whoever was ever erased is asked about
    asked = any_(bindparam("ids", list(ids), type_=ARRAY(Uuid())))
    known = await session.scalars(select(ERASED.c.id).where(ERASED.c.id == asked))
    return set(ids) - set(known)
