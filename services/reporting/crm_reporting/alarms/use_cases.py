"""What can be done with alarms, and looking at what they watch."""

from collections.abc import Mapping, Sequence
from datetime import timedelta
from decimal import Decimal
from typing import Any
from uuid import UUID

from sqlalchemy import delete, insert, update
from sqlalchemy.ext.asyncio import AsyncSession

from crm_reporting.alarms import queries
from crm_reporting.alarms.errors import (
    AlarmOutsideScopeError,
    NotWatchableError,
    UnknownColleagueError,
)
from crm_reporting.alarms.models import Alarm, AlarmCheck, AlarmCustomer
from crm_reporting.alarms.rules import days_asked, is_raised
from crm_reporting.events.derived import (
    AlarmCleared,
    AlarmCreated,
    AlarmDeleted,
    AlarmFacts,
    AlarmRaised,
    AlarmUpdated,
)
from crm_reporting.metrics import use_cases as metrics
from crm_reporting.metrics.errors import QuestionError
from crm_reporting.metrics.fields import FIELDS
from crm_reporting.metrics.queries.custom import find_metric
from crm_reporting.metrics.rules.asks import Ask
from crm_reporting.metrics.rules.hiding import refuse_hidden
from crm_reporting.metrics.rules.questions import Around, Parameters, ask_of
from crm_reporting.permissions import READ_METRICS
from crm_reporting.rebuilds.use_cases import Basis
from crm_reporting.schedules.queries import colleagues, is_within
from crm_shared import context
from crm_shared.actor import Access, Actor, Scope
from crm_shared.clock import local_day, utc_now
from crm_shared.errors import ServiceError
from crm_shared.events import outbox
from crm_shared.events.known_calendar import known_policies
from crm_shared.filters import And, parse_tree

LOOK_EVERY = timedelta(minutes=5)
MOST_TOLD = 100


async def create_alarm(
    session: AsyncSession, access: Access, values: Mapping[str, Any], basis: Basis
) -> Alarm:
    """Make an alarm of one's own; it is looked at as soon as a worker can."""
    actor = access.actor
    await _refuse_strangers(session, access, values["user_ids"])
    alarm = Alarm(owner_id=actor.id, team_id=_team_of(actor), is_raised=False)
    await _apply(session, alarm, actor, values, basis)
    session.add(alarm)
    await outbox.record(session, alarm, AlarmCreated(alarm=facts(alarm), changed=[], previous={}))
    session.add(AlarmCheck(alarm_id=alarm.id, due_at=utc_now()))
    await session.flush()
    return alarm


def _team_of(actor: Actor) -> UUID | None:
    return min(actor.team_ids, default=None)


async def replace_alarm(
    session: AsyncSession, access: Access, alarm: Alarm, values: Mapping[str, Any], basis: Basis
) -> None:
    """Give an alarm other values; one that watches something else begins anew."""
    fresh = [one for one in values["user_ids"] if one not in alarm.user_ids]
    await _refuse_strangers(session, access, fresh)
    await _apply(session, alarm, access.actor, values, basis)
    changes = outbox.changes_of(alarm, AlarmFacts)
    if not changes:
        return
    if {*changes.changed} - {"name", "user_ids"}:
        alarm.is_raised = False
        await session.execute(delete(AlarmCustomer).where(AlarmCustomer.alarm_id == alarm.id))
        check = await queries.check_of(session, alarm.id)
        check.due_at, check.checked_at, check.value = utc_now(), None, None
        changes = outbox.changes_of(alarm, AlarmFacts)
    event = AlarmUpdated(alarm=facts(alarm), changed=changes.changed, previous=changes.previous)
    await outbox.record(session, alarm, event)


async def delete_alarm(session: AsyncSession, alarm: Alarm) -> None:
    """Put an alarm away."""
    alarm.deleted_at = utc_now()
    event = AlarmDeleted(alarm=facts(alarm), changed=["deleted_at"], previous={})
    await outbox.record(session, alarm, event)


async def _refuse_strangers(session: AsyncSession, access: Access, ids: Sequence[UUID]) -> None:
    others = [one for one in ids if one != access.actor.id]
    known = await colleagues(session, others) if others else {}
    for place, one in enumerate(ids):
        if one in others and (one not in known or not is_within(access, known[one])):
            raise UnknownColleagueError(place)


async def _apply(
    session: AsyncSession, alarm: Alarm, actor: Actor, values: Mapping[str, Any], basis: Basis
) -> None:
    for name, value in values.items():
        setattr(alarm, name, value)
    alarm.user_ids = list(alarm.user_ids) or [actor.id]
    if alarm.kind == "rhythm":
        # customers' figures are of all that they bought, whoever sold it
        if READ_METRICS.reach(actor) is not Scope.ALL:
            raise AlarmOutsideScopeError
        return
    # what changed is read off the row later: a question on the way must not write it
    with session.no_autoflush:
        await refuse_what_is_hidden(session, alarm, actor, basis)


async def refuse_what_is_hidden(
    session: AsyncSession, alarm: Alarm, actor: Actor, basis: Basis
) -> None:
    """Refuse to tell somebody a value that is made of what his role may not see."""
    if alarm.kind == "metric":
        refuse_hidden(await _ask(session, alarm, actor, basis), context.current().hidden)


async def _ask(session: AsyncSession, alarm: Alarm, actor: Actor, basis: Basis) -> Ask:
    """Return what an alarm asks, within what its owner may see; refuse what has no answer."""
    metric = await find_metric(session, alarm.metric or "", actor.role)
    scope = READ_METRICS.reach(actor)
    if metric is None or scope is None:
        raise NotWatchableError("/metric", "unknown-metric", "There is no metric of this name.")
    tree = parse_tree(alarm.filter, FIELDS, pointer="/filter")
    filters = tree if isinstance(tree, And) else And((tree,))
    now = utc_now()
    first, end = days_asked(local_day(now, basis.zone), alarm.days or 1)
    around = Around(Access(actor, scope), now, basis.zone, basis.currency)
    try:
        return ask_of(metric, Parameters(first, end, variant=alarm.variant), filters, around)
    except QuestionError as refused:
        fault = refused.errors[0]
        name = fault.pointer.rpartition("/")[2]
        pointer = "/variant" if name == "variant" else "/filter"
        raise NotWatchableError(pointer, fault.code, fault.detail) from refused


async def look(session: AsyncSession, alarm: Alarm, check: AlarmCheck, basis: Basis) -> int:
    """Look at what an alarm watches and say what changed; return how much was said."""
    said = 0
    if alarm.kind == "rhythm":
        if await _may_see_all(session, alarm):
            said = await _look_at_rhythms(session, alarm, is_first=check.checked_at is None)
    else:
        said = await _look_at_metric(session, alarm, check, basis)
    check.checked_at = utc_now()
    # what could not be said at once is said in the next round
    check.due_at = check.checked_at + (timedelta(0) if said >= MOST_TOLD else LOOK_EVERY)
    await session.flush()
    return said


async def _may_see_all(session: AsyncSession, alarm: Alarm) -> bool:
    """Tell whether the owner still sees every customer: rights may have gone since he asked."""
    owner = await queries.actor_of(session, alarm.owner_id)
    return owner is not None and READ_METRICS.reach(owner) is Scope.ALL


async def put_off(session: AsyncSession, alarm_id: UUID) -> None:
    """Look at an alarm again later: it could not be looked at now, for a fault of ours."""
    now = utc_now()
    await session.execute(
        update(AlarmCheck)
        .where(AlarmCheck.alarm_id == alarm_id)
        .values(checked_at=now, due_at=now + LOOK_EVERY, value=None, reason="failed")
    )


async def _look_at_metric(
    session: AsyncSession, alarm: Alarm, check: AlarmCheck, basis: Basis
) -> int:
    check.value, check.reason = await _value(session, alarm, basis)
    if alarm.bound is None or alarm.release is None:
        return 0
    stands = is_raised(
        check.value,
        bound=alarm.bound,
        release=alarm.release,
        direction="above" if alarm.direction == "above" else "below",
        was=alarm.is_raised,
    )
    if stands == alarm.is_raised:
        return 0
    alarm.is_raised = stands
    kind: type[AlarmRaised | AlarmCleared] = AlarmRaised if stands else AlarmCleared
    event = kind(alarm=facts(alarm), changed=["is_raised"], previous={"is_raised": not stands})
    await outbox.record(session, alarm, event)
    return 1


async def _value(
    session: AsyncSession, alarm: Alarm, basis: Basis
) -> tuple[Decimal | None, str | None]:
    owner = await queries.actor_of(session, alarm.owner_id)
    if owner is None:
        return None, "owner-left"
    try:
        ask = await _ask(session, alarm, owner, basis)
        policies = await known_policies(session)
        refuse_hidden(ask, policies.hidden_from(owner.role))
        figure = (await metrics.answer(session, ask, basis)).exact
    except ServiceError as refused:
        # a field or metric is gone: the alarm stays as it is until somebody mends it
        return None, refused.problem
    return figure.value, None if figure.reason is None else figure.reason.value


async def _look_at_rhythms(session: AsyncSession, alarm: Alarm, *, is_first: bool) -> int:
    """Tell of customers whose rhythm broke since; who bought again may be told of once more."""
    broken = await queries.broken_rhythms(session, alarm.classes)
    known = await queries.known_customers(session, alarm.id)
    gone = known - {one.customer_id for one in broken}
    if gone:
        of_it = AlarmCustomer.alarm_id == alarm.id
        await session.execute(
            delete(AlarmCustomer).where(of_it, AlarmCustomer.customer_id.in_(gone))
        )
    fresh = [one for one in broken if one.customer_id not in known]
    # what was so before anybody looked is no news, nor what the first count brought
    silent = [one for one in fresh if is_first or one.revision == 1]
    news = [one for one in fresh if one not in silent][:MOST_TOLD]
    rows = [{"alarm_id": alarm.id, "customer_id": one.customer_id} for one in (*silent, *news)]
    if rows:
        await session.execute(insert(AlarmCustomer), rows)
    for one in news:
        name = "company_id" if one.is_company else "contact_id"
        named = facts(alarm, **{name: one.customer_id})
        await outbox.record(session, alarm, AlarmRaised(alarm=named, changed=[], previous={}))
    return len(news)


def facts(alarm: Alarm, **customer: UUID) -> AlarmFacts:
    """Return what events tell of an alarm, and of the customer it is about."""
    known = {name: getattr(alarm, name, None) for name in AlarmFacts.model_fields}
    return AlarmFacts.model_validate({**known, **customer})
