"""The parameters of a report's routes."""

from dataclasses import dataclass, replace
from typing import Annotated

from fastapi import Depends, Query, Request

from crm_reporting.metrics.endpoints.questions import filters_of, report_parameters
from crm_reporting.metrics.rules.catalogue import Language
from crm_reporting.metrics.rules.periods import Against, Interval
from crm_reporting.metrics.rules.questions import Around, Parameters
from crm_reporting.reports.errors import PeriodTooLongError
from crm_reporting.reports.rules.definitions import Definition
from crm_reporting.reports.rules.formats import Format, format_of, language_of
from crm_reporting.reports.use_cases.asking import Asked
from crm_shared import context
from crm_shared.actor import Access
from crm_shared.clock import utc_now
from crm_shared.http.exchange import exchange_of

MOST_YEARS, DAYS_A_YEAR = 30, 366


@dataclass(frozen=True, slots=True)
class Wanted:
    """What of a report is wanted, and how."""

    told: Parameters
    format: Format
    language: Language
    table: str | None


def wanted(
    request: Request,
    told: Annotated[Parameters, Depends(report_parameters)],
    interval: Annotated[Interval | None, Query(description="Of what months are otherwise")] = None,
    compare: Annotated[Against | None, Query(description="Beside figures")] = None,
    format_: Annotated[Format | None, Query(alias="format")] = None,
    lang: Annotated[Language | None, Query(description="Else Accept-Language")] = None,
    table: Annotated[str | None, Query(max_length=40, description="One table of it")] = None,
) -> Wanted:
    """Read what every composed report understands."""
    headers = request.headers
    end = told.end or utc_now().date()
    if told.start is not None and (end - told.start).days > MOST_YEARS * DAYS_A_YEAR:
        raise PeriodTooLongError(MOST_YEARS)
    return Wanted(
        replace(told, interval=interval, compare=compare),
        format_ or format_of(headers.get("accept", "")),
        lang or language_of(headers.get("accept-language", "")),
        table,
    )


def asked_of(definition: Definition, asks: Wanted, request: Request, access: Access) -> Asked:
    """Return the question that a request puts; what no parameter takes are filters."""
    settings = exchange_of(request).resources.settings
    around = Around(access, utc_now(), settings.zone, settings.currency)
    return Asked(
        definition, asks.told, filters_of(request), around, asks.language,
        context.current().hidden,
    )  # fmt: skip
