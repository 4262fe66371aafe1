"""Every SELECT of the deal rules feature."""

from collections.abc import Collection, Sequence
from datetime import date, datetime, timedelta
from typing import Any, cast
from uuid import UUID

from sqlalchemy import (
    ColumnElement,
    Date,
    DateTime,
    Interval,
    Row,
    Select,
    String,
    Uuid,
    and_,
    any_,
    func,
    literal,
    or_,
    select,
)
from sqlalchemy.dialects.postgresql import distinct_on
from sqlalchemy.ext.asyncio import AsyncSession

from crm_deals.customs.catalogue import BOOK
from crm_deals.deal_rules.errors import DealRuleNotFoundError
from crm_deals.deal_rules.fields import READABLE
from crm_deals.deal_rules.models import BY_TIME, DealRule, DealRuleRun
from crm_deals.deal_rules.rules import MAX_DEPTH
from crm_deals.deals.fields import DEAL_FIELDS, overdue_on
from crm_deals.deals.models import UNDER_WAY, Deal
from crm_deals.work.models import KnownWork
from crm_shared.db.infrastructure import KNOWN_TEAMS, KNOWN_USERS, OUTBOX
from crm_shared.db.types import UtcDateTime
from crm_shared.filters import Field, Fields, Tree, to_sql


def all_deal_rules() -> Select[DealRule]:
    """Select the rules that there are."""
    return select(DealRule).where(DealRule.deleted_at.is_(None))


async def get_deal_rule(session: AsyncSession, rule_id: UUID) -> DealRule:
    """Return one rule."""
    rule = await session.scalar(all_deal_rules().where(DealRule.id == rule_id))
    if rule is None:
        raise DealRuleNotFoundError(rule_id)
    return rule


async def find_deal_rule_by_external_id(
    session: AsyncSession, system: str, external_id: str
) -> DealRule | None:
    """Return the rule that another system knows under this id, be it deleted."""
    return await session.scalar(
        select(DealRule).where(
            DealRule.source_system == system, DealRule.external_id == external_id
        )
    )


async def list_rules_of(session: AsyncSession, pipeline_id: UUID) -> Sequence[DealRule]:
    """Return the rules of one pipeline."""
    own = all_deal_rules().where(DealRule.pipeline_id == pipeline_id)
    return (await session.scalars(own.order_by(DealRule.priority, DealRule.id))).all()


async def list_time_rules(session: AsyncSession, now: datetime) -> Sequence[DealRule]:
    """Return the rules that wait for a moment, in the order in which they act."""
    waiting = all_deal_rules().where(
        DealRule.is_active, DealRule.event_type == BY_TIME, DealRule.active_from <= now
    )
    return (await session.scalars(waiting.order_by(DealRule.priority, DealRule.id))).all()


async def list_runs(
    session: AsyncSession, rule_id: UUID, *, deal_id: UUID | None, limit: int
) -> Sequence[DealRuleRun]:
    """Return the last runs of a rule, the newest first."""
    runs = select(DealRuleRun).where(DealRuleRun.rule_id == rule_id)
    if deal_id is not None:
        runs = runs.where(DealRuleRun.deal_id == deal_id)
    newest = runs.order_by(DealRuleRun.ran_at.desc(), DealRuleRun.event_id).limit(limit)
    return (await session.scalars(newest)).all()


async def depth_after(session: AsyncSession, causation_id: UUID | None) -> int:
    """Return how many rules in a row led to an event that was caused by `causation_id`."""
    if causation_id is None:
        return 0
    deepest = select(func.max(DealRuleRun.depth)).where(
        DealRuleRun.event_id == causation_id, DealRuleRun.outcome == "done"
    )
    depth = await session.scalar(deepest)
    return 0 if depth is None else min(int(depth) + 1, MAX_DEPTH)


async def runs_in_chain(
    session: AsyncSession, rule_id: UUID, deal_id: UUID, correlation_id: UUID
) -> int:
    """Count how often a rule acted on a deal in one chain of causes, over all services."""
    done = select(func.count()).where(
        DealRuleRun.correlation_id == correlation_id,
        DealRuleRun.deal_id == deal_id,
        DealRuleRun.rule_id == rule_id,
        DealRuleRun.outcome == "done",
    )
    return int(await session.scalar(done) or 0)


async def active_people(
    session: AsyncSession, *, user_ids: Collection[UUID] = (), team_id: UUID | None = None
) -> list[UUID]:
    """Return those of these users, or of this team, who work here; in a fixed order."""
    users = KNOWN_USERS.c
    in_team = literal(team_id, Uuid()) == any_(users.team_ids)
    meant = in_team if team_id else users.id.in_(set(user_ids))
    found = select(users.id).where(users.is_active, meant).order_by(users.id)
    return list(await session.scalars(found))


async def active_head(session: AsyncSession, team_id: UUID) -> UUID | None:
    """Return the head of a team, if he works here."""
    joined = KNOWN_TEAMS.join(KNOWN_USERS, KNOWN_USERS.c.id == KNOWN_TEAMS.c.head_id)
    head = select(KNOWN_USERS.c.id).select_from(joined)
    return await session.scalar(head.where(KNOWN_TEAMS.c.id == team_id, KNOWN_USERS.c.is_active))


async def open_deals(session: AsyncSession, owners: Collection[UUID]) -> dict[UUID, int]:
    """Count the open deals of each of these people."""
    counted = (
        select(Deal.owner_id, func.count())
        .where(Deal.owner_id.in_(owners), Deal.outcome == "open", Deal.deleted_at.is_(None))
        .group_by(Deal.owner_id)
    )
    rows = (await session.execute(counted)).all()
    return {row[0]: row[1] for row in rows if row[0] is not None}


async def last_bulk_changes(
    session: AsyncSession, deal_ids: Collection[UUID]
) -> dict[UUID, datetime]:
    """Return when each deal was last changed in a mass, for those whose last change was that."""
    newest = (
        select(OUTBOX.c.aggregate_id, OUTBOX.c.bulk, OUTBOX.c.recorded_at)
        .ext(distinct_on(OUTBOX.c.aggregate_id))
        .where(OUTBOX.c.aggregate_id.in_(deal_ids))
        .order_by(OUTBOX.c.aggregate_id, OUTBOX.c.revision.desc())
    )
    return {row.aggregate_id: row.recorded_at for row in await session.execute(newest) if row.bulk}


async def fields_of_rule(session: AsyncSession, event_type: str) -> Fields:
    """Return what the conditions of a rule may name: of its event, or of the deal at a time."""
    if event_type != BY_TIME:
        return await BOOK.askable(session, event_type, READABLE[event_type])
    await BOOK.reload(session, "deal")
    return Fields({**DEAL_FIELDS, **await BOOK.filters(session, "deal", Deal)})


def due_deals(
    rule: DealRule,
    conditions: Tree,
    askable: Fields,
    *,
    today: date,
    now: datetime,
    zone: str,
) -> Select[Any]:
    """Select the deals whose moment has come, with what names it and when it came, once each."""
    schedule = cast("dict[str, Any]", rule.schedule)
    occurrence, came_at, has_come = MOMENT_OF[schedule["kind"]](schedule, today, now, zone)
    ran = (
        select(DealRuleRun.rule_id)
        .where(
            DealRuleRun.rule_id == rule.id,
            DealRuleRun.deal_id == Deal.id,
            DealRuleRun.occurrence == occurrence,
        )
        .correlate(Deal)
    )
    fields = Fields({**askable, "is_overdue": Field(bool, overdue_on(today))})
    return (
        select(Deal.id, occurrence.label("occurrence"), came_at.label("came_at"))
        .where(
            Deal.deleted_at.is_(None),
            Deal.is_void.is_(False),
            or_(literal(rule.pipeline_id is None), Deal.pipeline_id == rule.pipeline_id),
            has_come,
            # what had passed when the rule began is none of its business
            came_at >= literal(rule.active_from, UtcDateTime()),
            to_sql(conditions, fields),
            ~ran.exists(),
        )
        .order_by(Deal.id)
    )


async def take_due(
    session: AsyncSession, due: Select[Any], *, after: UUID | None, limit: int
) -> Sequence[Row[Any]]:
    """Lock deals whose moment has come; those that another worker holds are left out."""
    if after is not None:
        due = due.where(Deal.id > after)
    # of the deal alone: two workers share the deals, not the rule's log
    taken = due.limit(limit).with_for_update(skip_locked=True, of=Deal)
    found: Sequence[Row[Any]] = (await session.execute(taken)).all()
    return found


async def count_due(session: AsyncSession, due: Select[Any]) -> int:
    """Count the deals whose moment has come."""
    counted = select(func.count()).select_from(due.order_by(None).subquery())
    return int(await session.scalar(counted) or 0)


_Moment = tuple[ColumnElement[Any], ColumnElement[Any], ColumnElement[bool]]


def _date(schedule: dict[str, Any], today: date, now: datetime, zone: str) -> _Moment:
    column = getattr(Deal, schedule["field"])
    is_day = schedule["field"] == "expected_close_date"
    day = column if is_day else func.timezone(zone, column).cast(Date)
    shift = literal(f"{int(schedule['days'])} days").cast(Interval)
    # local midnight as an instant
    came_at = func.timezone(zone, day + shift)
    has_come = and_(day.is_not(None), (day + shift).cast(Date) <= literal(today, Date()))
    # of the bare column as well, a day to spare on both sides for zones: an index can begin there
    spare = timedelta(days=int(schedule["days"]) - 1)
    last = today - spare if is_day else now - spare + timedelta(days=1)
    return day.cast(String), came_at, and_(has_come, column <= last)


def _idle(schedule: dict[str, Any], _today: date, now: datetime, _zone: str) -> _Moment:
    # said outright: within the question of what ran, it would take the deals for its own
    latest = select(func.max(KnownWork.at)).where(KnownWork.deal_id == Deal.id)
    busy = latest.correlate(Deal).scalar_subquery()
    last = func.greatest(Deal.created_at, Deal.stage_entered_at, busy)
    came_at = last + literal(f"{int(schedule['days'])} days").cast(Interval)
    name = func.to_char(func.timezone("UTC", last), 'YYYY-MM-DD"T"HH24:MI:SS.US')
    silent_since = now - timedelta(days=int(schedule["days"]))
    has_come = and_(
        # the few deals that are open, and of those the few that stood still, before work is asked
        UNDER_WAY,
        Deal.stage_entered_at <= silent_since,
        came_at <= literal(now, UtcDateTime()),
    )
    return name, came_at, has_come


def _daily(schedule: dict[str, Any], today: date, now: datetime, zone: str) -> _Moment:
    moment = literal(f"{today.isoformat()} {schedule['at']}").cast(DateTime())
    came_at = func.timezone(zone, moment)
    return (
        literal(today.isoformat(), String()),
        came_at,
        came_at <= literal(now, UtcDateTime()),
    )


MOMENT_OF = {"date": _date, "idle": _idle, "daily": _daily}
