"""What keys are called: names from references, labels of configuration from facts."""

import re
import time
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from typing import Any
from uuid import UUID
from weakref import WeakKeyDictionary

from sqlalchemy import ARRAY, Uuid, any_, literal, select
from sqlalchemy.dialects.postgresql import distinct_on
from sqlalchemy.ext.asyncio import AsyncSession

from crm_reporting.contributions.models import Channel
from crm_reporting.facts.models import NounFact
from crm_reporting.metrics.rules.asks import DIMENSION_OF, ids_asked
from crm_reporting.metrics.rules.catalogue import KINDS, Dimension
from crm_shared.events import refs
from crm_shared.filters import And, Comparison

KEEP_S = 1.0
_UUID = re.compile(r"[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}")
REFS = {Dimension.OWNER: "user", Dimension.TEAM: "team", Dimension.COMPANY: "company"}
FACTS = {Dimension.PRODUCT: "product", Dimension.PIPELINE: "pipeline"}


@dataclass(frozen=True, slots=True)
class StageDefinition:
    id: UUID
    label: str
    position: int
    outcome: str
    rotting_days: int | None
    pipeline: UUID
    required_fields: tuple[str, ...] = ()


_stages: WeakKeyDictionary[object, tuple[float, frozenset[UUID], Sequence[StageDefinition]]] = (
    WeakKeyDictionary()
)


async def labels_of(
    session: AsyncSession, by: Dimension, keys: Collection[UUID | str]
) -> dict[UUID | str, str]:
    """Return the labels that are known; for the others the key itself is shown."""
    ids = {key for key in keys if isinstance(key, UUID)}
    if by in REFS:
        known = await refs.labels(session, REFS[by], ids)
        return {key: str(data["name"]) for key, data in known.items() if data.get("name")}
    if by in FACTS:
        return dict(await _newest_labels(session, FACTS[by], ids))
    if by is Dimension.CUSTOMER:
        return await _clients(session, ids)
    if by is Dimension.CHANNEL or by in KINDS:
        rows = await session.execute(select(Channel.key, Channel.label))
        return {key: label for key, label in rows if key in ids}
    if by is Dimension.STAGE:
        return {stage.id: stage.label for stage in await stages(session) if stage.id in ids}
    return {}


async def names_in(session: AsyncSession, tree: And) -> dict[Any, str]:
    """Return what the ids and keys of a plain filter are called, as far as it is known."""
    found: dict[Any, str] = {}
    for item in tree.items:
        if not isinstance(item, Comparison):
            continue
        by = DIMENSION_OF[item.field]
        keys = set(ids_asked(And((item,)), item.field) or ())
        found |= await labels_of(session, by, keys)
        kinds = {str(key): key for key in keys}
        named = await names_behind(session, by, kinds)
        found |= {kinds[kind]: label for kind, label in named.items()}
    return found


async def _clients(session: AsyncSession, ids: Collection[UUID]) -> dict[UUID | str, str]:
    """Name companies; a person has no name here, only an id."""
    known = await refs.labels(session, "company", ids)
    return {key: str(data["name"]) for key, data in known.items() if data.get("name")}


async def names_behind(
    session: AsyncSession, by: Dimension, kinds: Collection[str]
) -> dict[str, str]:
    """Return what a kind that is an id is called: a reason, a competitor."""
    noun = {Dimension.REASON: "reason", Dimension.COMPETITOR: "competitor"}.get(by)
    if noun is None:
        return {}
    known = await _newest_labels(session, noun, _ids(kinds))
    return {str(key): label for key, label in known.items()}


def _ids(kinds: Collection[str]) -> list[UUID]:
    # a metric of one's own may cut by the word that stands for a reason, not by its id
    return [UUID(kind) for kind in kinds if _UUID.fullmatch(kind)]


async def kept_stages(session: AsyncSession, wanted: Collection[UUID]) -> Sequence[StageDefinition]:
    """Return the stages of all pipelines, at most a second old unless one is wanted that is new."""
    pool = session.get_bind().engine.pool
    known = _stages.get(pool)
    now = time.monotonic()
    if known is None or now - known[0] > KEEP_S or not known[1].issuperset(wanted):
        fresh = await stages(session)
        known = _stages[pool] = (now, frozenset(stage.id for stage in fresh), fresh)
    return known[2]


async def stages(session: AsyncSession, pipeline: UUID | None = None) -> list[StageDefinition]:
    """Return the stages of all pipelines, or of one, in their present order."""
    newest = (
        select(NounFact.id, NounFact.data)
        .where(NounFact.kind == "pipeline", NounFact.verb != "deleted")
        .ext(distinct_on(NounFact.id))
        .order_by(NounFact.id, NounFact.revision.desc())
    )
    if pipeline is not None:
        newest = newest.where(NounFact.id == pipeline)
    found = [
        StageDefinition(
            UUID(stage["id"]), stage["label"], stage["position"], stage["outcome"],
            stage.get("rotting_days"), row.id, tuple(stage.get("required_fields") or ()),
        )
        for row in await session.execute(newest)
        for stage in row.data.get("stages", ())
    ]  # fmt: skip
    return sorted(found, key=lambda stage: (stage.pipeline, stage.position))


async def _newest_labels(
    session: AsyncSession, kind: str, ids: Collection[UUID]
) -> dict[UUID | str, str]:
    query = (
        select(NounFact.id, NounFact.data["label"].astext)
        .where(NounFact.kind == kind, NounFact.id == any_(literal(list(ids), ARRAY(Uuid))))
        .ext(distinct_on(NounFact.id))
        .order_by(NounFact.id, NounFact.revision.desc())
    )
    return {row[0]: row[1] for row in await session.execute(query) if row[1]}
