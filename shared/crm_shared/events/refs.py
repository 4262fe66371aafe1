"""References: names and texts of other services' nouns, asked for over the bus and kept here."""

from collections.abc import Awaitable, Callable, Collection, Iterable, Iterator, Mapping, Sequence
from typing import Any, TypeAlias
from uuid import UUID

from pydantic import BaseModel, TypeAdapter
from sqlalchemy import (
    ARRAY,
    Integer,
    Uuid,
    and_,
    any_,
    column,
    literal,
    select,
    update,
    values,
)
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.ext.asyncio import AsyncSession

from crm_shared.db.engine import Sessions
from crm_shared.db.infrastructure import ALIASES, REFS
from crm_shared.db.newest import keep_newest
from crm_shared.events.envelope import AnyEvent, Envelope
from crm_shared.events.jetstream import Bus
from crm_shared.events.large_answers import part_of, whole_of
from crm_shared.events.subscription import Subscription, answer_in

# what an answer of one NATS message, a megabyte, surely holds
MOST = 200
# an import makes hundreds in a moment: one question for all of them
LINGER_S = 0.1
PREFETCHED = {
    "created",
    "updated",
    "merged",
    "unmerged",
    "restored",
    "converted",
    "consent_given",
    "consent_withdrawn",
    "restricted",
    "released",
}
EMPTIED = {"erased"}


class RefItem(BaseModel):
    """What an owner tells of one of its records: never an input of facts or counters."""

    id: UUID
    revision: int
    external_id: str | None = None
    source_system: str | None = None
    data: dict[str, Any]


Batch: TypeAlias = Sequence[Envelope[AnyEvent]]
Loader = Callable[[AsyncSession, Sequence[UUID]], Awaitable[list[RefItem]]]
_ITEMS = TypeAdapter(list[RefItem])


def subscription(durable: str, *, owner: str, kinds: Collection[str]) -> Subscription[AnyEvent]:
    """Return the durable that keeps copies of another service's names fresh.

    They are fetched in batches when a record of a kind in use is created or changed, so that a
    reaction finds them here; an erased record's copy is emptied.
    """
    wanted = frozenset(kinds)

    async def of_our_kinds(
        _session: AsyncSession | None, batch: Sequence[Envelope[AnyEvent]]
    ) -> Sequence[Envelope[AnyEvent]]:
        return [
            envelope
            for envelope in batch
            if _noun(envelope) in wanted and _fact(envelope) in PREFETCHED | EMPTIED
        ]

    async def ask_for_names(bus: Bus, batch: Batch) -> dict[str, list[RefItem]]:
        return await _names(bus, owner, await of_our_kinds(None, batch))

    return Subscription(
        linger_s=LINGER_S,
        durable=durable,
        pattern=f"crm.{owner}.>",
        only=[
            f"crm.{owner}.{kind}.{fact}.>"
            for kind in sorted(wanted)
            for fact in sorted(PREFETCHED | EMPTIED)
        ],
        reads=AnyEvent,
        asks=ask_for_names,
        handler=_keep_names,
        decide=of_our_kinds,
        batch=MOST,
    )


async def _names(bus: Bus, owner: str, batch: Batch) -> dict[str, list[RefItem]]:
    """Ask for what stands there now; of an erased record there is nothing to ask."""
    told: dict[str, list[RefItem]] = {}
    for kind, some in _by_kind(batch):
        # sorted: two replicas with overlapping batches wait for each other and do not deadlock
        fresh = sorted({envelope.subject for envelope in some} - _gone(some))
        told[kind] = []
        for start in range(0, len(fresh), MOST):
            told[kind] += await ask(bus, owner, kind, fresh[start : start + MOST])
    return told


async def _keep_names(session: AsyncSession, batch: Batch) -> None:
    told: Mapping[str, list[RefItem]] = answer_in(session) or {}
    for kind, some in _by_kind(batch):
        await empty(session, kind, _gone(some))
        await keep(session, kind, told.get(kind, ()))


def _by_kind(batch: Batch) -> Iterator[tuple[str, Batch]]:
    for kind in sorted({_noun(envelope) for envelope in batch}):
        yield kind, [envelope for envelope in batch if _noun(envelope) == kind]


def _gone(batch: Batch) -> set[UUID]:
    return {envelope.subject for envelope in batch if _fact(envelope) in EMPTIED}


def _noun(envelope: Envelope[Any]) -> str:
    return envelope.type.split(".")[2]


def _fact(envelope: Envelope[Any]) -> str:
    return envelope.type.split(".")[3]


async def ask(bus: Bus, owner: str, kind: str, ids: Sequence[UUID]) -> list[RefItem]:
    """Ask the owner for names; raises BusUnavailableError when it is away."""
    question = {"kind": kind, "ids": [str(one) for one in ids]}

    async def piece(number: int) -> dict[str, Any]:
        return await bus.request(f"crm-refs.{owner}", {**question, "piece": number})

    first = await bus.request(f"crm-refs.{owner}", question)
    answer = await whole_of(first, piece)
    return _ITEMS.validate_python(answer["items"])


async def keep(session: AsyncSession, kind: str, items: Sequence[RefItem]) -> None:
    """Write copies, never an older one over a newer."""
    rows = [{"kind": kind, **item.model_dump()} for item in items]
    await keep_newest(session, REFS, rows, key=("kind", "id"), again=True)


async def outdate(session: AsyncSession, kind: str, revisions: Mapping[UUID, int]) -> None:
    """Forget copies that are older than these revisions: whoever needs one asks anew."""
    if not revisions:
        return
    # kept as a row: an answer that is still on its way with the older words is refused by it
    newer = values(column("id", Uuid), column("revision", Integer), name="newer").data(
        sorted(revisions.items())
    )
    await session.execute(
        update(REFS)
        .where(REFS.c.kind == kind, REFS.c.id == newer.c.id, REFS.c.revision < newer.c.revision)
        .values(data={}, revision=newer.c.revision)
    )


async def empty(session: AsyncSession, kind: str, ids: Collection[UUID]) -> None:
    """Forget what was known of erased records; nothing older may bring it back."""
    if not ids:
        return
    rows: list[dict[str, Any]] = [
        # the highest there is: a late answer to an earlier question is older than that
        {"kind": kind, "id": one, "revision": 2**31 - 1, "data": {}, "external_id": None}
        for one in sorted(ids)
    ]
    statement = insert(REFS).values(rows)
    await session.execute(
        statement.on_conflict_do_update(
            index_elements=["kind", "id"],
            set_={
                "revision": statement.excluded.revision,
                "data": statement.excluded.data,
                "external_id": None,
                "source_system": None,
            },
        )
    )


async def labels(
    session: AsyncSession, kind: str, ids: Iterable[UUID]
) -> dict[UUID, dict[str, Any]]:
    """Return what is known of these records, of a merged one what is known of its survivor.

    An id that is missing is shown as the id.
    """
    wanted = set(ids)
    if not wanted:
        return {}
    # one argument however many they are: a statement takes no more than 32,767
    asked = any_(literal(list(wanted), ARRAY(Uuid)))
    own = select(REFS.c.id, REFS.c.data, literal(0).label("is_survivors")).where(
        REFS.c.kind == kind, REFS.c.id == asked
    )
    survivors = (
        select(ALIASES.c.loser_id, REFS.c.data, literal(1))
        .join(REFS, and_(REFS.c.id == ALIASES.c.survivor_id, REFS.c.kind == kind))
        .where(ALIASES.c.loser_id == asked, ALIASES.c.survivor_id != ALIASES.c.loser_id)
    )
    rows = (await session.execute(own.union_all(survivors))).all()
    # the survivor's word comes last and stands
    return {row.id: row.data for row in sorted(rows, key=lambda row: row[2]) if row.data}


async def all_of(session: AsyncSession, kind: str) -> list[dict[str, Any]]:
    """Return everything that is known of a kind; for kinds of which there are few."""
    query = select(REFS.c.data).where(REFS.c.kind == kind).order_by(REFS.c.id)
    return [data for data in await session.scalars(query) if data]


async def find_by_external(
    session: AsyncSession, kind: str, system: str, external_ids: Collection[str]
) -> dict[str, UUID]:
    """Return the ids of records that another system calls by these names."""
    query = select(REFS.c.external_id, REFS.c.id).where(
        REFS.c.kind == kind,
        REFS.c.source_system == system,
        REFS.c.external_id.in_(set(external_ids)),
    )
    return {row.external_id: row.id for row in await session.execute(query)}


async def serve(bus: Bus, service: str, loaders: Mapping[str, Loader], sessions: Sessions) -> None:
    """Answer questions about this service's own nouns."""

    async def answer(question: dict[str, Any]) -> bytes:
        # whoever asks may be of another release: its idea of a batch is not ours to trust
        ids = [UUID(one) for one in question["ids"][:MOST]]
        load = loaders.get(question["kind"])
        items: list[RefItem] = []
        if load is not None:
            async with sessions() as session:
                items = await load(session, ids)
        whole = b'{"items":' + _ITEMS.dump_json(items) + b"}"
        return part_of(whole, question.get("piece"))

    await bus.respond(f"crm-refs.{service}", service, answer)
