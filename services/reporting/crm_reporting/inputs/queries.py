"""Every SELECT of the inputs."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta
from typing import Any, TypeVar
from uuid import UUID

from sqlalchemy import Select, select
from sqlalchemy.ext.asyncio import AsyncSession

from crm_reporting.inputs.errors import (
    EffectNotSetUpError,
    InputNotFoundError,
    NothingToComputeError,
)
from crm_reporting.inputs.models import Baseline, Cost, EffectSetup, Investment, Plan, Staff
from crm_reporting.inputs.rules.attaining import worked_in
from crm_reporting.inputs.rules.spreading import Span
from crm_reporting.metrics import use_cases as metrics
from crm_reporting.metrics.rules.asks import Ask
from crm_reporting.metrics.rules.catalogue import CATALOGUE, Dimension
from crm_reporting.metrics.rules.hiding import refuse_hidden
from crm_reporting.metrics.rules.numbers import Figure
from crm_reporting.metrics.rules.questions import Around, Parameters, ask_of
from crm_reporting.rebuilds.use_cases import Basis
from crm_shared import context
from crm_shared.actor import Access
from crm_shared.clock import utc_now
from crm_shared.db.infrastructure import KNOWN_TEAMS, KNOWN_USERS
from crm_shared.db.scope import visible
from crm_shared.events.known_calendar import known_calendar
from crm_shared.filters import And, Comparison

RowT = TypeVar("RowT", Baseline, Plan, Cost, Staff, Investment)


def all_of(model: type[RowT]) -> Select[RowT]:
    """Select the inputs of a kind that are in force."""
    return select(model).where(model.deleted_at.is_(None))


def plans_within(access: Access) -> Select[Plan]:
    """Select the plans that the caller may see: his own, his teams', or all."""
    return all_of(Plan).where(visible(access, Plan.owner_id, Plan.team_id))


async def get(session: AsyncSession, statement: Select[Any], input_id: UUID) -> Any:
    """Return one input among those that may be seen, or say that there is none."""
    model = statement.column_descriptions[0]["entity"]
    row = await session.scalar(statement.where(model.id == input_id))
    if row is None:
        raise InputNotFoundError(model.__name__.lower(), input_id)
    return row


async def known_users(session: AsyncSession, ids: Collection[UUID]) -> set[UUID]:
    """Return those of the ids that are of colleagues, also of those who left."""
    return set(await session.scalars(select(KNOWN_USERS.c.id).where(KNOWN_USERS.c.id.in_(ids))))


async def known_teams(session: AsyncSession, ids: Collection[UUID]) -> set[UUID]:
    """Return those of the ids that are of teams, also of those that are no more."""
    return set(await session.scalars(select(KNOWN_TEAMS.c.id).where(KNOWN_TEAMS.c.id.in_(ids))))


async def list_rows(session: AsyncSession, model: type[RowT]) -> Sequence[RowT]:
    """Return all inputs of a kind that are in force, in the order they were entered."""
    found = await session.scalars(all_of(model).order_by(model.id))
    return found.all()


async def list_plans(
    session: AsyncSession, access: Access, start: date, end: date, most: int
) -> Sequence[Plan]:
    """Return the plans within a scope of which some day lies in a time, `end` not among it."""
    found = await session.scalars(
        plans_within(access)
        .where(Plan.starts_on < end, Plan.ends_on >= start)
        .order_by(Plan.ends_on, Plan.metric, Plan.id)
        .limit(most)
    )
    return found.all()


async def find_baseline(
    session: AsyncSession, metric: str, team_id: UUID | None = None
) -> Baseline | None:
    """Return what a figure was before."""
    return await session.scalar(
        all_of(Baseline).where(
            Baseline.metric == metric, Baseline.team_id.is_not_distinct_from(team_id)
        )
    )


async def costs_in(session: AsyncSession, first: date, last: date) -> Sequence[Cost]:
    """Return the costs of which some day lies in a span."""
    found = await session.scalars(
        all_of(Cost).where(Cost.starts_on <= last, Cost.ends_on >= first).order_by(Cost.id)
    )
    return found.all()


async def get_setup(session: AsyncSession) -> EffectSetup:
    """Return how the effect is judged, or say that nobody said."""
    found = await find_setup(session)
    if found is None:
        raise EffectNotSetUpError
    return found


async def find_setup(session: AsyncSession) -> EffectSetup | None:
    """Return how the effect is judged; None while nobody said."""
    return await session.scalar(select(EffectSetup).limit(1))


@dataclass(frozen=True, slots=True)
class Told:
    """Asks the metrics themselves: inputs are held against the same figures that everybody sees."""

    session: AsyncSession
    access: Access
    basis: Basis
    currency: str
    as_of: datetime | None = None  # the session holds what was known then

    async def figure(
        self,
        metric: str,
        first: date,
        last: date,
        owner_id: UUID | None = None,
        team_id: UUID | None = None,
    ) -> Figure:
        """Return a metric of a time, both of its ends included; of one owner or team if named."""
        ask = self.question(metric, first, last, owner_id, team_id)
        # what is hidden from the caller is no actual of a plan either
        refuse_hidden(ask, context.current().hidden)
        return (await metrics.answer(self.session, ask, self.basis)).exact

    async def figures_by(
        self, metric: str, first: date, last: date, by: Dimension
    ) -> tuple[Mapping[Any, Figure], Figure] | None:
        """Return a metric of a time under each owner or team; None where each is asked alone.

        The second is what somebody has of whom nothing was counted.
        """
        ask = replace(self.question(metric, first, last), by=by)
        refuse_hidden(ask, context.current().hidden)
        return await metrics.figures_by(self.session, ask, self.basis)

    def question(
        self,
        metric: str,
        first: date,
        last: date,
        owner_id: UUID | None = None,
        team_id: UUID | None = None,
    ) -> Ask:
        """Return what is asked of a metric; raises NothingToComputeError for other figures."""
        if metric not in CATALOGUE:
            raise NothingToComputeError("no facts tell it")
        named = (("owner_id", owner_id), ("team_id", team_id))
        filters = And(tuple(Comparison(name, "eq", one) for name, one in named if one))
        around = Around(self.access, utc_now(), self.basis.zone, self.basis.currency)
        asked = Parameters(
            first, last + timedelta(days=1), currency=self.currency, as_of=self.as_of
        )
        return ask_of(CATALOGUE[metric], asked, filters, around)


async def working_days(session: AsyncSession, basis: Basis, over: Span) -> int:
    """Return how many days of a span are worked, by the company's calendar."""
    return worked_in(await known_calendar(session, basis.zone), over)
