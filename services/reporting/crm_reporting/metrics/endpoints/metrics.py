"""Routes of the metrics."""

from dataclasses import asdict, replace
from typing import Annotated, Any
from urllib.parse import urlencode

from fastapi import Depends, Request, Response
from sqlalchemy.ext.asyncio import AsyncSession

from crm_reporting.contributions.rules import NONE, Part
from crm_reporting.metrics import use_cases
from crm_reporting.metrics.endpoints.questions import QuestionDep
from crm_reporting.metrics.errors import MetricNotFoundError, QuestionError
from crm_reporting.metrics.queries.custom import custom_entries
from crm_reporting.metrics.queries.custom_facts import FIELDS as CUSTOM_FACT_FIELDS
from crm_reporting.metrics.queries.custom_facts import custom_facts
from crm_reporting.metrics.queries.facts import FACT_FIELDS, facts_statement, recall
from crm_reporting.metrics.queries.labels import names_in
from crm_reporting.metrics.rules import words
from crm_reporting.metrics.rules.asks import Ask
from crm_reporting.metrics.rules.catalogue import CATALOGUE, Dimension, Metric
from crm_reporting.metrics.rules.fact_fields import unseen
from crm_reporting.metrics.rules.hiding import is_cut_hidden, may_read, veiled
from crm_reporting.metrics.rules.numbers import Unit
from crm_reporting.metrics.rules.results import Result
from crm_reporting.metrics.rules.sources import NOUN_OF
from crm_reporting.metrics.rules.tables import csv_of
from crm_reporting.metrics.schemas import (
    PART_NAMES,
    BucketOut,
    CatalogueOut,
    ComparisonOut,
    ExplainOut,
    FactOut,
    MetricOut,
    MissingOut,
    ResultOut,
    SliceOut,
)
from crm_reporting.permissions import READ_CATALOGUE
from crm_reporting.rebuilds.use_cases import Basis
from crm_shared import context
from crm_shared.actor import Access, Actor
from crm_shared.db.engine import Sessions
from crm_shared.filters import And
from crm_shared.http.auth import require
from crm_shared.http.cursor import sort_keys
from crm_shared.http.hiding import FieldHiddenError
from crm_shared.http.pagination import ListQuery, Page, Rows, list_page, listing
from crm_shared.http.problems import responses
from crm_shared.http.routing import service_router
from crm_shared.http.session import ReadSessionDep, SessionsDep, SettingsDep
from crm_shared.settings import ServiceSettings

LISTING = listing(FACT_FIELDS, sort=("day",), default="-day")
CLOSINGS = frozenset({Part.WON, Part.LOST})
router = service_router(prefix="/v1/metrics", tags=["metrics"])


@router.get("")
async def list_metrics(
    access: Annotated[Access, require(READ_CATALOGUE)], session: ReadSessionDep
) -> CatalogueOut:
    """List every metric: what it is called in three languages, its formula, unit, dimensions.

    After the catalogue those that the company defined itself (`custom.<key>`), as one may read.
    """
    own = await custom_entries(session, access.actor.role)
    every = (*CATALOGUE.values(), *own)
    return CatalogueOut(items=[_entry(metric, access.actor) for metric in every])


@router.get(
    "/{metric_id}",
    response_model=ResultOut,
    responses=responses(MetricNotFoundError, QuestionError, FieldHiddenError)
    | {200: {"content": {"text/csv": {"schema": {"type": "string"}}}}},
)
async def get_metric(
    ask: QuestionDep,
    request: Request,
    session: ReadSessionDep,
    sessions: SessionsDep,
    settings: SettingsDep,
) -> Any:
    """Tell a metric for a period, cut and compared as asked.

    Filters by the one grammar: pipeline_id, owner_id, team_id, product_id, company_id, channel,
    sector. The answer is JSON, or CSV when Accept asks for it. A figure made of a field that the
    caller's role may not see is refused; details that tell one are left out.
    """
    result = await _answer(ask, session, sessions, settings)
    if wants_csv(request):
        return Response(csv_of(result), media_type="text/csv; charset=utf-8")
    return told(result, request)


@router.get(
    "/{metric_id}/explain",
    responses=responses(MetricNotFoundError, QuestionError, FieldHiddenError),
)
async def explain_metric(
    ask: QuestionDep,
    request: Request,
    session: ReadSessionDep,
    sessions: SessionsDep,
    settings: SettingsDep,
) -> ExplainOut:
    """Explain a metric's value in words of three languages, for the very question asked.

    Formula, calculation, events that went in, filters and scope, what is left out and why,
    coverage; `facts_url` lists the rows. Refuses what the value itself refuses.
    """
    result = await _answer(ask, session, sessions, settings)
    metric = ask.metric
    return ExplainOut.model_validate(
        {
            "metric": metric.id,
            "version": metric.version,
            "source": metric.source,
            "title": metric.title,
            "formula": metric.formula,
            "inputs": metric.inputs,
            "value": result.total.value,
            "reason": result.total.reason,
            "calculation": words.calculation(result),
            "filters": words.filters(result, await names_in(session, ask.filter)),
            "left_out": words.left_out(result),
            "coverage": words.coverage(result),
            "facts_url": _facts_url(ask, request),
        }
    )


@router.get(
    "/{metric_id}/facts",
    response_model=Page[FactOut],
    responses=responses(MetricNotFoundError, QuestionError, FieldHiddenError),
)
async def list_facts(
    ask: QuestionDep,
    query: Annotated[ListQuery, Depends(LISTING)],
    session: ReadSessionDep,
    sessions: SessionsDep,
    settings: SettingsDep,
) -> Any:
    """List the rows behind a metric's value: same period, filters and scope, so it agrees.

    The sum of `n` is the number of facts, the sum of `amount` per currency the money.
    """
    if ask.metric.custom is not None:
        # its rows know since when they are known: the past needs no tables of its own
        hidden = context.current().hidden
        groups = [Dimension(one.dimension) for one in ask.metric.custom.groups]
        unseen = [by for by in groups if is_cut_hidden(ask, by, hidden)]
        behind = custom_facts(ask, ask.metric.custom, settings.zone, unseen)
        page = await list_page(session, behind, _of_custom(query))
        return Rows([dict(row._mapping) for row in page.items], page.next_cursor, page.total)
    statement = facts_statement(ask)
    if ask.is_of_now:
        page = await list_page(session, statement, query)
    else:
        async with sessions() as past:
            await recall(past, ask, settings.zone)
            page = await list_page(past, statement, query)
    return Rows([_fact(row) for row in page.items], page.next_cursor, page.total)


def _of_custom(query: ListQuery) -> ListQuery:
    """Return the same page of other rows: their filter stands in the question already."""
    # days are in the order of instants
    names = {"day": "at"}
    keys = [f"{'-' * key.descending}{names.get(key.name, key.name)}" for key in query.sort]
    order = sort_keys(",".join(keys), CUSTOM_FACT_FIELDS, ("at",), pointer="/query/sort")
    return replace(query, fields=CUSTOM_FACT_FIELDS, filter=And(()), sort=order)


async def _answer(
    ask: Ask, session: AsyncSession, sessions: Sessions, settings: ServiceSettings
) -> Result:
    basis = Basis(settings.zone, settings.currency)
    if ask.is_of_now:
        result = await use_cases.answer(session, ask, basis)
    else:
        async with sessions() as past:
            await recall(past, ask, basis.zone)
            result = await use_cases.answer(past, ask, basis)
    return veiled(result, context.current().hidden)


def wants_csv(request: Request) -> bool:
    """Tell whether the caller prefers CSV to JSON."""
    accept = request.headers.get("accept", "")
    return "text/csv" in accept and "application/json" not in accept


def told(result: Result, request: Request) -> ResultOut:
    """Return the body of a result."""
    ask = result.ask
    return ResultOut(
        **result.total.told(),
        metric=ask.metric.id,
        version=ask.metric.version,
        unit=ask.metric.unit,
        currency=ask.currency if ask.metric.unit is Unit.MONEY else None,
        start=ask.period.start,
        end=ask.period.end,
        time_zone=result.time_zone,
        as_of=result.as_of,
        lag_seconds=result.lag_seconds,
        outcome=ask.outcome,
        variant=ask.variant,
        unfinished=ask.period.is_unfinished(ask.today),
        comparison=_comparison(result),
        series=[
            BucketOut(**bucket.shown.told(), start=bucket.start, end=bucket.end)
            for bucket in result.series
        ],
        breakdown=[
            SliceOut(**one.shown.told(), key=one.key, label=one.label, share=one.share)
            for one in result.breakdown
        ],
        unconverted=[MissingOut(**asdict(missing)) for missing in result.unconverted],
        facts_url=_facts_url(ask, request),
    )


def _facts_url(ask: Ask, request: Request) -> str:
    kept = [
        (key, value)
        for key, value in request.query_params.multi_items()
        if key not in ("by", "interval", "compare", "from", "to")
    ]
    days = [("from", ask.period.start.isoformat()), ("to", ask.period.end.isoformat())]
    return f"/v1/metrics/{ask.metric.id}/facts?{urlencode([*days, *kept])}"


def _comparison(result: Result) -> ComparisonOut | None:
    if result.comparison is None:
        return None
    return ComparisonOut.model_validate(result.comparison, from_attributes=True)


def _entry(metric: Metric, actor: Actor) -> MetricOut:
    told = {name: getattr(metric, name, None) for name in MetricOut.model_fields}
    told["is_readable"] = may_read(metric, actor, context.current().hidden)
    return MetricOut.model_validate(told)


def _fact(row: Any) -> dict[str, Any]:
    known = dict(row._mapping)
    part = known["part"]
    noun = NOUN_OF[part]
    # only the length of a closed deal is in days; other measures are no one's business here
    days = known.pop("measure") if part in CLOSINGS else None
    veil = unseen(part, context.current().hidden)
    return {
        **known,
        "part": PART_NAMES[part],
        "noun": noun,
        "deal_id": known["subject_id"] if noun == "deal" else None,
        "pipeline_id": None if known["pipeline_id"] == NONE else known["pipeline_id"],
        "currency": known["currency"] or None,
        "days": days,
        **dict.fromkeys(veil),
    }
