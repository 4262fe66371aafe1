"""Tables of whole figures: one a row, or one a column and a bucket of time a row."""

from dataclasses import replace
from datetime import date
from decimal import Decimal

from crm_reporting.metrics.queries.custom import custom_entries
from crm_reporting.metrics.rules.numbers import HUNDRED, Unit
from crm_reporting.metrics.rules.periods import Against, Interval
from crm_reporting.metrics.rules.results import Result
from crm_reporting.reports.rules.definitions import FigureName, TableOf
from crm_reporting.reports.rules.tables import CHANGE, EMPTY, OWN, Cell, Column, Row, Table
from crm_reporting.reports.rules.words import say, short_of, time_of, title_of
from crm_reporting.reports.use_cases.asking import (
    Answers,
    Cut,
    cell_of,
    total_cell,
    unit_of,
)

OF_DAYS_TO_COME = frozenset({"forecast"})


async def figures(answers: Answers, table: TableOf) -> Table:
    """Return figures one a row, beside the period before."""
    language = answers.asked.language
    cut = Cut(compare=answers.told.compare or Against.PREVIOUS)
    rows = []
    for figure in table.figures:
        found = await answers.of(figure, cut)
        rows.append(
            Row(
                figure.written,
                title_of(figure, language),
                _figure_cells(figure, found),
                unit_of(figure),
            )
        )
    columns = [
        Column("value", say("says", "value", language), OWN),
        Column("before", say("says", "before", language), OWN),
        Column("change", say("says", "change", language), CHANGE),
        Column("n", say("says", "n", language), Unit.COUNT),
        Column("coverage", say("says", "coverage", language), Unit.PERCENT),
    ]
    return _table(answers, table, say("says", "figure", language), columns, rows)


async def own(answers: Answers, table: TableOf) -> Table:
    """Return every metric that the company defined itself and the reader may read (R2)."""
    role = answers.asked.around.access.actor.role
    entries = await custom_entries(answers.session, role)
    answers.own = {metric.id: metric for metric in entries}
    shown = tuple(FigureName(metric.id, metric, None, None) for metric in entries)
    return await figures(answers, replace(table, figures=shown))


def _figure_cells(figure: FigureName, found: Result | str) -> dict[str, Cell]:
    if isinstance(found, str):
        return {"value": Cell(None, found)}
    cells = {"value": cell_of(figure, found.total), "n": Cell(str(found.total.n))}
    if figure.detail is not None:
        return cells
    cells["coverage"] = _percent(found.total.coverage)
    if (other := found.comparison) is not None:
        cells["before"] = Cell(other.value)
        cells["change"] = Cell(other.change_pct or other.change_pp)
    return cells


async def series(answers: Answers, table: TableOf) -> Table:
    """Return figures one a column, month by month or by the interval that was asked for."""
    language = answers.asked.language
    interval = answers.told.interval or Interval.MONTH
    found = [await answers.of(figure, Cut(interval=interval)) for figure in table.figures]
    totals = [await answers.of(figure) for figure in table.figures]
    rows = [
        Row(
            bucket.start.isoformat(),
            time_of(bucket.start, interval, language),
            {
                figure.written: _in_bucket(figure, result, place, answers.whole.today)
                for figure, result in zip(table.figures, found, strict=True)
            },
        )
        for place, bucket in enumerate(answers.whole.period.buckets(interval))
    ]
    total = Row(
        None,
        say("says", "total", language),
        {
            figure.written: total_cell(figure, result)
            for figure, result in zip(table.figures, totals, strict=True)
        },
    )
    rows_are = say("says", "month" if interval is Interval.MONTH else "period", language)
    columns = columns_of(answers, table)
    return replace(_table(answers, table, rows_are, columns, rows, total), bucket=interval)


async def scenarios(answers: Answers, table: TableOf) -> Table:
    """Return every variant of one metric, one a row."""
    language = answers.asked.language
    metric = table.figures[0].metric
    rows = []
    for variant in metric.variants:
        cells = {}
        for figure in table.figures:
            of_variant = FigureName(figure.written, metric, variant, figure.detail)
            cells[figure.written] = total_cell(of_variant, await answers.of(of_variant))
        rows.append(Row(variant, say("variants", variant, language), cells))
    return _table(
        answers, table, say("says", "scenario", language), columns_of(answers, table), rows
    )


async def coverage(answers: Answers, table: TableOf) -> Table:
    """Return for figures which part of the facts had what they need."""
    language = answers.asked.language
    rows = []
    for figure in table.figures:
        found = await answers.of(figure)
        cells = _figure_cells(figure, found)
        if cells.get("coverage", EMPTY).value is None:
            cells["coverage"] = Cell(None, cells["value"].reason or "no_coverage")
        rows.append(Row(figure.written, title_of(figure, language), cells, unit_of(figure)))
    columns = [
        Column("coverage", say("says", "coverage", language), Unit.PERCENT),
        Column("n", say("says", "n", language), Unit.COUNT),
        Column("value", say("says", "value", language), OWN),
    ]
    return _table(answers, table, say("says", "figure", language), columns, rows)


def columns_of(answers: Answers, table: TableOf) -> list[Column]:
    """Return a column for each figure of a table."""
    language = answers.asked.language
    return [Column(one.written, short_of(one, language), unit_of(one)) for one in table.figures]


def _table(
    answers: Answers,
    table: TableOf,
    rows_are: str,
    columns: list[Column],
    rows: list[Row],
    total: Row | None = None,
) -> Table:
    title = table.title[answers.asked.language]
    return Table(table.id, title, rows_are, columns, rows, total, table.picture)


def _in_bucket(figure: FigureName, found: Result | str, place: int, today: date) -> Cell:
    if isinstance(found, str):
        return Cell(None, found)
    bucket = found.series[place]
    # nothing happened yet is no nought; what is foretold of those days is
    if bucket.start > today and not bucket.shown.n and figure.metric.id not in OF_DAYS_TO_COME:
        return Cell(None, "ahead")
    return cell_of(figure, bucket.shown)


def _percent(share: str | None) -> Cell:
    return EMPTY if share is None else Cell(f"{Decimal(share) * HUNDRED:.2f}")
