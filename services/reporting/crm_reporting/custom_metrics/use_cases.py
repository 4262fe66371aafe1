"""What can be done with metrics of one's own, and counting events by them."""

from collections.abc import Iterable, Mapping, Sequence
from functools import partial
from typing import Any
from uuid import UUID

from sqlalchemy import update
from sqlalchemy.exc import IntegrityError
from sqlalchemy.ext.asyncio import AsyncSession

from crm_reporting.custom_metrics import queries, statements
from crm_reporting.custom_metrics.errors import CustomMetricExistsError
from crm_reporting.custom_metrics.models import (
    CustomMetric,
    CustomMetricState,
    CustomMetricVersion,
)
from crm_reporting.custom_metrics.rules.checking import check
from crm_reporting.custom_metrics.rules.counting import Happened, rows_of
from crm_reporting.custom_metrics.rules.definitions import (
    SIDES,
    Definition,
    definition_of,
    renamed,
    with_type,
)
from crm_reporting.custom_metrics.rules.told import CUSTOM_FIELDS, fields_of, is_custom, noun_of
from crm_reporting.events.custom import (
    CustomMetricCreated,
    CustomMetricDeleted,
    CustomMetricFacts,
    CustomMetricUpdated,
)
from crm_reporting.metrics.rules.hiding import READ, is_hidden
from crm_shared.actor import Actor
from crm_shared.clock import utc_now
from crm_shared.errors import ForbiddenError
from crm_shared.events import outbox
from crm_shared.events.envelope import Envelope
from crm_shared.http.hiding import FieldHiddenError
from crm_shared.nouns import known_fields
from crm_shared.nouns.kinds import FieldType
from crm_shared.policies import Names

NOBODY = UUID(int=0)
# what of a definition decides what is counted; the rest is how it is called and who sees it
COUNTED = ("numerator", "denominator", "groups")
KEPT = ("key", "title", "description", "unit", "direction", *COUNTED, "roles")


async def define(
    session: AsyncSession, actor: Actor, values: Mapping[str, Any], hidden: Names
) -> CustomMetric:
    """Define a metric; a worker counts what came before, and every event from now on counts."""
    values = await _with_types(session, values)
    _check(actor, values, hidden)
    if await queries.find_by_key(session, values["key"]):
        raise CustomMetricExistsError
    metric = CustomMetric(**values, counted_revision=1)
    session.add(metric)
    try:
        await outbox.record(
            session,
            metric,
            CustomMetricCreated(custom_metric=facts(metric), changed=[], previous={}),
        )
    except IntegrityError as taken:
        raise CustomMetricExistsError from taken
    session.add(CustomMetricState(metric_id=metric.id, revision=1))
    _keep_version(session, actor, metric)
    await session.flush()
    return metric


async def revise(
    session: AsyncSession,
    actor: Actor,
    metric: CustomMetric,
    values: Mapping[str, Any],
    hidden: Names,
) -> None:
    """Change a metric: another revision, the former one is kept; counted anew where it must be."""
    values = await _with_types(session, values)
    _check(actor, values, hidden)
    taken = await queries.find_by_key(session, values["key"])
    if taken is not None and taken.id != metric.id:
        raise CustomMetricExistsError
    state = await queries.state_of(session, metric.id)
    for name, value in values.items():
        setattr(metric, name, value)
    changes = outbox.changes_of(metric, CustomMetricFacts)
    if not changes:
        return
    if not set(COUNTED).isdisjoint(changes.changed):
        metric.counted_revision = metric.revision + 1
        changes = outbox.changes_of(metric, CustomMetricFacts)
        state.revision, state.counted_at = metric.counted_revision, None
    # filters are left to the versions: what is compared in them was typed
    told = {name: one for name, one in changes.previous.items() if name not in SIDES}
    event = CustomMetricUpdated(custom_metric=facts(metric), changed=changes.changed, previous=told)
    await outbox.record(session, metric, event)
    _keep_version(session, actor, metric)
    await session.flush()


async def withdraw(session: AsyncSession, metric: CustomMetric) -> None:
    """Put a metric away; its versions stay, the job drops what events came to by it."""
    metric.deleted_at = utc_now()
    event = CustomMetricDeleted(custom_metric=facts(metric), changed=["deleted_at"], previous={})
    await outbox.record(session, metric, event)


def facts(metric: CustomMetric) -> CustomMetricFacts:
    """Return what events tell of a metric."""
    return CustomMetricFacts.model_validate(metric, from_attributes=True)


async def custom_fields(session: AsyncSession, event: str) -> dict[str, str]:
    """Return the custom fields that a noun's events tell, by path, with their types."""
    noun, known = noun_of(event), await _told_customs(session, event)
    paths = (with_type(noun, known, f"{CUSTOM_FIELDS}.{key}") for key in sorted(known))
    return {path: path.partition(":")[2] for path in paths if is_custom(path)}


async def _told_customs(session: AsyncSession, event: str) -> dict[str, FieldType]:
    # what is personal is in no event
    known = await known_fields.definitions(session, event)
    return {key: one.type for key, one in known.items() if not one.is_personal}


async def _with_types(session: AsyncSession, values: Mapping[str, Any]) -> dict[str, Any]:
    """Name each custom field with its type: `deal.custom_fields.budget:decimal`.

    One that is personal, or that nobody defined, stays unknown.
    """
    found = dict(values)
    for side in (one for one in SIDES if values[one] is not None):
        event = values[side]["events"][0]
        # what is no event of ours is refused by name later on
        if fields_of(event) is None:
            continue
        name_of = partial(with_type, noun_of(event), await _told_customs(session, event))
        found[side] = renamed(values[side], name_of)
        if side == SIDES[0]:
            found["groups"] = {name: name_of(path) for name, path in values["groups"].items()}
    return found


def _check(actor: Actor, values: Mapping[str, Any], hidden: Names) -> None:
    sides = {side: values[side] for side in SIDES}
    check(values["unit"], sides, values["groups"])
    told = definition_of(NOBODY, 0, tuple(sides.values()), values["groups"])
    for name in told.reads:
        if READ[name].reach(actor) is None:
            raise ForbiddenError(f"The role may not see {name}.", permission=READ[name].name)
    if any(is_hidden(name, hidden) for name in told.tells):
        raise FieldHiddenError("/numerator")


def _keep_version(session: AsyncSession, actor: Actor, metric: CustomMetric) -> None:
    told = {name: getattr(metric, name) for name in KEPT}
    session.add(
        CustomMetricVersion(
            metric_id=metric.id, revision=metric.revision, at=metric.updated_at, by=actor.id,
            definition=told,
        )
    )  # fmt: skip


async def count(session: AsyncSession, batch: Sequence[Envelope[Any]]) -> None:
    """Count new events by every metric there is, in the transaction that keeps them."""
    definitions = await queries.live_definitions(session)
    if definitions:
        await _add(session, definitions, (_happened(envelope) for envelope in batch))


async def count_page(
    session: AsyncSession, definitions: Sequence[Definition], page: Sequence[Happened]
) -> None:
    """Count events of the past by some metrics; those that came meanwhile are there already."""
    await _add(session, definitions, page)


async def note_counted(session: AsyncSession, definition: Definition) -> None:
    """Say that a metric can be told, unless it was changed meanwhile."""
    state = CustomMetricState
    await session.execute(
        update(state)
        .where(state.metric_id == definition.metric_id, state.revision == definition.revision)
        .values(counted_at=utc_now())
    )


async def _add(
    session: AsyncSession, definitions: Sequence[Definition], events: Iterable[Happened]
) -> None:
    await statements.add(session, [row for one in events for row in rows_of(definitions, one)])


def _happened(envelope: Envelope[Any]) -> Happened:
    return Happened(
        envelope.id, envelope.type, envelope.subject, envelope.time, envelope.recordedtime,
        envelope.data.as_dict(),
    )  # fmt: skip
