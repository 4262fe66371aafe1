"""Routes of the two reports that are read all day: few reads, bodies of their own."""

from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from dataclasses import replace
from decimal import Decimal
from typing import Annotated, Any, Literal

from fastapi import Depends, Query, Request
from sqlalchemy.ext.asyncio import AsyncSession

from crm_reporting.contributions.rules import Part
from crm_reporting.ledger.queries import lag_seconds
from crm_reporting.metrics.endpoints.questions import filters_of
from crm_reporting.metrics.queries.facts import recall
from crm_reporting.metrics.rules.asks import Ask
from crm_reporting.metrics.rules.catalogue import CATALOGUE, CREATED_AT, LOST_AT, STAGE, WON
from crm_reporting.metrics.rules.hiding import refuse_hidden, without_hidden
from crm_reporting.metrics.rules.numbers import Reason
from crm_reporting.metrics.rules.questions import Around, ask_of
from crm_reporting.metrics.rules.results import show
from crm_reporting.metrics.rules.tallies import Tally
from crm_reporting.metrics.schemas import FigureOut, MissingOut
from crm_reporting.metrics.use_cases.funnel import funnel
from crm_reporting.permissions import READ_METRICS
from crm_reporting.reports.endpoints.composed import ANSWERS, answer_of
from crm_reporting.reports.endpoints.questions import Wanted, wanted
from crm_reporting.reports.errors import NoSuchTableError
from crm_reporting.reports.rules.definitions import REPORTS, Definition
from crm_reporting.reports.rules.formats import Format
from crm_reporting.reports.schemas.pipeline import (
    FlowOut,
    FunnelOut,
    PipelineOut,
    StageOut,
    StandingOut,
)
from crm_reporting.reports.use_cases import pipeline as use_cases
from crm_shared import context
from crm_shared.actor import Access
from crm_shared.clock import utc_now
from crm_shared.db.engine import Sessions
from crm_shared.http.auth import require
from crm_shared.http.hiding import FieldHiddenError
from crm_shared.http.problems import responses
from crm_shared.http.routing import service_router
from crm_shared.http.session import ReadSessionDep, SessionsDep, SettingsDep
from crm_shared.money import round_money
from crm_shared.settings import ServiceSettings

router = service_router(prefix="/v1/reports", tags=["reports"])

AccessDep = Annotated[Access, require(READ_METRICS)]
WantedDep = Annotated[Wanted, Depends(wanted)]


@asynccontextmanager
async def known(
    session: AsyncSession,
    sessions: Sessions,
    ask: Ask,
    settings: ServiceSettings,
    parts: Sequence[Part] = (),
) -> AsyncIterator[AsyncSession]:
    """Yield a session that holds what was known when the question says: most often, now."""
    if ask.is_of_now:
        yield session
        return
    async with sessions() as past:
        await recall(past, ask, settings.zone, parts)
        yield past


@router.get("/funnel", response_model=FunnelOut, responses=ANSWERS | responses(FieldHiddenError))
async def get_funnel_report(
    request: Request,
    asks: WantedDep,
    access: AccessDep,
    session: ReadSessionDep,
    sessions: SessionsDep,
    settings: SettingsDep,
    mode: Annotated[Literal["any", "strict"], Query()] = "any",
) -> Any:
    """Tell the funnel of a period: the whole, and every stage in the pipeline's own order.

    As JSON it has a body of its own; as a file, picture or page it is a report like the others.
    """
    if asks.format is not Format.JSON:
        return await answer_of(REPORTS["funnel"], asks, request, access, session)
    _refuse_unknown(REPORTS["funnel"], asks.table)
    around = Around(access, utc_now(), settings.zone, settings.currency)
    told = replace(asks.told, variant=mode)
    ask = ask_of(CATALOGUE["funnel"], told, filters_of(request), around)
    hidden = context.current().hidden
    refuse_hidden(ask, hidden)
    async with known(session, sessions, ask, settings) as then:
        whole, steps = await funnel(then, ask, percentiles=False)
    return FunnelOut(
        start=ask.period.start,
        end=ask.period.end,
        time_zone=settings.time_zone,
        as_of=ask.as_of or around.now,
        lag_seconds=await lag_seconds(session),
        mode=mode,
        total=FigureOut(**without_hidden(ask, show(ask, whole), hidden).told()),
        stages=[
            StageOut(
                **without_hidden(ask, show(ask, step.figure), hidden).told(),
                id=step.stage.id,
                label=step.stage.label,
                position=step.stage.position,
                outcome=step.stage.outcome,
                pipeline_id=step.stage.pipeline,
            )
            for step in steps
        ],
    )


@router.get(
    "/pipeline", response_model=PipelineOut, responses=ANSWERS | responses(FieldHiddenError)
)
async def get_pipeline_report(
    request: Request,
    asks: WantedDep,
    access: AccessDep,
    session: ReadSessionDep,
    sessions: SessionsDep,
    settings: SettingsDep,
) -> Any:
    """Tell what was created, won and lost in a period, and what is open at its end, by stage.

    As JSON it has a body of its own; as a file, picture or page it is a report like the others.
    """
    if asks.format is not Format.JSON:
        return await answer_of(REPORTS["pipeline"], asks, request, access, session)
    _refuse_unknown(REPORTS["pipeline"], asks.table)
    around = Around(access, utc_now(), settings.zone, settings.currency)
    ask = ask_of(CATALOGUE["open_deals"], asks.told, filters_of(request), around)
    refuse_hidden(ask, context.current().hidden, CREATED_AT, LOST_AT, STAGE, *WON)
    parts = (Part.CREATED, Part.WON, Part.LOST, Part.STAY)
    async with known(session, sessions, ask, settings, parts) as then:
        report = await use_cases.pipeline(then, ask)
    return PipelineOut(
        start=ask.period.start,
        end=ask.period.end,
        time_zone=settings.time_zone,
        as_of=ask.as_of or around.now,
        lag_seconds=await lag_seconds(session),
        currency=ask.currency,
        created=_flow(ask, report.created),
        won=_flow(ask, report.won),
        lost=_flow(ask, report.lost),
        open=_flow(ask, report.open),
        weighted_amount=_money(ask, report.open, report.open.measure),
        stages=[_standing(ask, one) for one in report.stages],
        unconverted=[
            MissingOut(currency=currency, n=n, amount=f"{round_money(amount, currency)}")
            for currency, (n, amount) in sorted(report.unconverted.items())
        ],
    )


def _refuse_unknown(definition: Definition, table: str | None) -> None:
    """The body holds all of it; a name that is none is a mistake all the same."""
    known = tuple(one.id for one in definition.tables)
    if table is not None and table not in known:
        raise NoSuchTableError(known)


def _flow(ask: Ask, tally: Tally) -> FlowOut:
    return FlowOut(n=tally.n, amount=_money(ask, tally, tally.amount), amount_reason=_reason(tally))


def _standing(ask: Ask, one: use_cases.Standing) -> StandingOut:
    stage, tally = one.stage, one.tally
    return StandingOut(
        id=stage.id if stage else None,
        label=stage.label if stage else None,
        position=stage.position if stage else None,
        pipeline_id=stage.pipeline if stage else None,
        n=tally.n,
        amount=_money(ask, tally, tally.amount),
        weighted_amount=_money(ask, tally, tally.measure),
        amount_reason=_reason(tally),
        n_missing_amount=tally.n - tally.priced,
    )


def _money(ask: Ask, tally: Tally, amount: Decimal) -> str | None:
    return None if tally.is_untold else f"{round_money(amount, ask.currency)}"


def _reason(tally: Tally) -> Reason | None:
    return Reason.NO_DATA if tally.is_untold else None
