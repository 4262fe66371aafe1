"""The parameters of a metric's routes."""

from dataclasses import replace
from datetime import date
from decimal import Decimal
from typing import Annotated, Literal, NamedTuple

from fastapi import Depends, Path, Query, Request
from pydantic import AwareDatetime

from crm_reporting.metrics.errors import MetricNotFoundError
from crm_reporting.metrics.fields import FIELDS
from crm_reporting.metrics.queries.custom import find_metric
from crm_reporting.metrics.rules.asks import Ask, Customers
from crm_reporting.metrics.rules.catalogue import Dimension
from crm_reporting.metrics.rules.classes import UNTIL_A, UNTIL_B
from crm_reporting.metrics.rules.hiding import refuse_hidden
from crm_reporting.metrics.rules.periods import Against, Interval
from crm_reporting.metrics.rules.questions import Around, Parameters, ask_of
from crm_reporting.permissions import READ_METRICS
from crm_shared import context
from crm_shared.actor import Access
from crm_shared.clock import utc_now
from crm_shared.errors import InvalidError
from crm_shared.filters import And, parse_query
from crm_shared.http.auth import require
from crm_shared.http.pagination import OWN_PARAMETERS
from crm_shared.http.session import ReadSessionDep, SettingsDep

ISO_DAY = "a local day, YYYY-MM-DD"


def parameters(
    start: Annotated[date | None, Query(alias="from", description=ISO_DAY)] = None,
    end: Annotated[date | None, Query(alias="to", description=f"{ISO_DAY}, not included")] = None,
    by: Annotated[Dimension | None, Query(description="Break down by")] = None,
    interval: Annotated[Interval | None, Query(description="Series by")] = None,
    compare: Annotated[Against | None, Query(description="Compare with")] = None,
    currency: Annotated[str | None, Query(max_length=3, examples=["UAH"])] = None,
    as_of: Annotated[AwareDatetime | None, Query(description="As known at this instant")] = None,
    outcome: Annotated[Literal["restate", "ledger"], Query()] = "restate",
) -> Parameters:
    """Read what every metric understands."""
    return Parameters(start, end, by, interval, compare, currency, as_of, outcome)


def report_parameters(
    start: Annotated[date | None, Query(alias="from", description=ISO_DAY)] = None,
    end: Annotated[date | None, Query(alias="to", description=f"{ISO_DAY}, not included")] = None,
    currency: Annotated[str | None, Query(max_length=3, examples=["UAH"])] = None,
    as_of: Annotated[AwareDatetime | None, Query(description="As known at this instant")] = None,
    outcome: Annotated[Literal["restate", "ledger"], Query()] = "restate",
) -> Parameters:
    """Read what every report understands."""
    return Parameters(start, end, currency=currency, as_of=as_of, outcome=outcome)


class Choices(NamedTuple):
    """What only single metrics are asked: a variant, and who counts as one customer."""

    variant: str | None
    include_zero: bool
    as_was: bool
    customers: Customers
    until_a: Decimal
    until_b: Decimal


def choices(
    variant: Annotated[str | None, Query(max_length=20)] = None,
    include_zero: Annotated[bool, Query()] = False,
    as_was: Annotated[bool, Query(description="As it was before records were merged")] = False,
    customers: Annotated[
        Customers, Query(description="A customer is the company itself, or its topmost parent")
    ] = "own",
    until_a: Annotated[
        Decimal, Query(gt=0, lt=100, description="Up to this percent of the whole: group A")
    ] = UNTIL_A,
    until_b: Annotated[
        Decimal, Query(gt=0, lt=100, description="Up to this percent of the whole: group B")
    ] = UNTIL_B,
) -> Choices:
    """Read what single metrics understand."""
    return Choices(variant, include_zero, as_was, customers, until_a, until_b)


async def question(
    metric_id: Annotated[str, Path(max_length=100)],
    told: Annotated[Parameters, Depends(parameters)],
    chosen: Annotated[Choices, Depends(choices)],
    request: Request,
    access: Annotated[Access, require(READ_METRICS)],
    session: ReadSessionDep,
    settings: SettingsDep,
) -> Ask:
    """Read a question to a metric; what is left of the query are filters."""
    metric = await find_metric(session, metric_id, access.actor.role)
    if metric is None:
        raise MetricNotFoundError
    around = Around(access, utc_now(), settings.zone, settings.currency)
    told = replace(told, **chosen._asdict())
    ask = ask_of(metric, told, filters_of(request), around)
    refuse_hidden(ask, context.current().hidden)
    return ask


def filters_of(request: Request) -> And:
    """Read the filters of a query: everything that no parameter takes."""
    route = request.scope.get("route")
    named = getattr(route, "query_names", frozenset[str]())
    own = OWN_PARAMETERS if str(getattr(route, "path", "")).endswith("/facts") else frozenset()
    rest = [
        (key, value)
        for key, value in request.query_params.multi_items()
        if key not in named and key not in own
    ]
    comparisons, errors = parse_query(rest, FIELDS)
    if errors:
        raise InvalidError(*errors)
    return And(tuple(comparisons))


QuestionDep = Annotated[Ask, Depends(question)]
