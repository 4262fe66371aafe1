"""Bodies of the reports that are put together from their definitions."""

from typing import Literal

from pydantic import BaseModel, Field

from crm_reporting.metrics.schemas import MissingOut
from crm_reporting.reports.rules.definitions import Definition
from crm_reporting.reports.rules.formats import LANGUAGES, Format
from crm_reporting.reports.rules.tables import Column, Report, Row, Table
from crm_reporting.reports.schemas.pipeline import ReportOut


class ReportEntryOut(BaseModel):
    """One report there is: `packs` are the roles it was made for, `tables` what stands in it."""

    id: str
    title: dict[str, str]
    about: dict[str, str]
    packs: list[str]
    tables: list[str]
    pictures: list[str]
    formats: list[Format]
    url: str


class ReportsOut(BaseModel):
    """Every report that the caller may read."""

    items: list[ReportEntryOut]


class ReportColumnOut(BaseModel):
    """One column; `own` and `change` mean that each row tells its own unit."""

    id: str
    title: str
    unit: str


class ReportRowOut(BaseModel):
    """One row: values as metrics write them, and for what is null its reason."""

    key: str | None
    label: str
    unit: str | None
    values: dict[str, str | None]
    reasons: dict[str, str]


class ReportTableOut(BaseModel):
    """One table; `total` is what the metrics tell of the whole; `reason` why there are no rows."""

    id: str
    title: str
    rows_are: str
    currency: str
    columns: list[ReportColumnOut]
    rows: list[ReportRowOut]
    total: ReportRowOut | None
    reason: str | None
    notes: list[str]
    has_picture: bool


class ComposedOut(ReportOut):
    """A report in one language: what it shows and its tables."""

    report: str
    title: str
    about: str
    language: Literal["en", "uk", "ru"]
    currency: str
    filters: list[str]
    tables: list[ReportTableOut]
    unconverted: list[MissingOut] = Field(description="Money that no rate could convert")


def entry(definition: Definition) -> ReportEntryOut:
    """Return a report's line of the index."""
    return ReportEntryOut(
        id=definition.id,
        title={language: definition.title[language] for language in LANGUAGES},
        about={language: definition.about[language] for language in LANGUAGES},
        packs=list(definition.packs),
        tables=[table.id for table in definition.tables],
        pictures=list(definition.pictures),
        formats=list(Format),
        url=f"/v1/reports/{definition.id}",
    )


def told(report: Report) -> ComposedOut:
    """Return the body of a report."""
    return ComposedOut(
        report=report.definition.id,
        title=report.title,
        about=report.about,
        language=report.language,
        start=report.start,
        end=report.end,
        time_zone=report.time_zone,
        as_of=report.as_of,
        lag_seconds=report.lag_seconds,
        currency=report.currency,
        filters=report.filters,
        tables=[_table(report, table) for table in report.tables],
        unconverted=[
            MissingOut(currency=one.currency, n=one.n, amount=one.amount)
            for one in report.unconverted
        ],
    )


def _table(report: Report, table: Table) -> ReportTableOut:
    return ReportTableOut(
        id=table.id,
        title=table.title,
        rows_are=table.rows_are,
        currency=table.currency or report.currency,
        columns=[_column(column) for column in table.columns],
        rows=[_row(row) for row in table.rows],
        total=_row(table.total) if table.total else None,
        reason=table.reason,
        notes=table.notes,
        has_picture=table.picture is not None,
    )


def _column(column: Column) -> ReportColumnOut:
    return ReportColumnOut(id=column.id, title=column.title, unit=column.unit)


def _row(row: Row) -> ReportRowOut:
    return ReportRowOut(
        key=row.key,
        label=row.label,
        unit=row.unit,
        values={name: cell.value for name, cell in row.cells.items()},
        reasons={
            name: cell.reason
            for name, cell in row.cells.items()
            if cell.value is None and cell.reason
        },
    )
