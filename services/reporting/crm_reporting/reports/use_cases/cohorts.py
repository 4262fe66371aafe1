"""The table of cohorts by month of first purchase (K50), with the rights of the figure itself."""

from datetime import timedelta

from crm_reporting.metrics.queries.purchases import months_bought
from crm_reporting.metrics.rules.numbers import Unit
from crm_reporting.metrics.rules.periods import Interval
from crm_reporting.metrics.use_cases.reading import read_of
from crm_reporting.reports.rules.cohorts import AFTER, SIZE, Bought, cells_of, cohorts_of, name_of
from crm_reporting.reports.rules.definitions import TableOf
from crm_reporting.reports.rules.tables import Column, Row, Table
from crm_reporting.reports.rules.words import say, time_of
from crm_reporting.reports.use_cases.asking import Answers


async def cohorts(answers: Answers, table: TableOf) -> Table:
    """Return who bought for the first time in each month, and which part again in those after.

    First purchases are those of the report's days; months after them go on until now, at most
    twelve. A month that is not over has no share yet.
    """
    language = answers.asked.language
    title, rows_are = table.title[language], say("says", "first_purchase", language)
    # scope, filters and hidden fields are those of the figure that the table belongs to
    found = await answers.of(table.figures[0])
    if isinstance(found, str):
        return Table(table.id, title, rows_are, [], [], reason=found)
    ask = found.ask
    until = ask.today + timedelta(days=1)
    told = await months_bought(answers.session, read_of(ask), until)
    last = min(ask.today, ask.period.end - timedelta(days=1))
    known = cohorts_of((Bought(*one) for one in told), last)
    columns = [Column(SIZE, say("says", "bought_first", language), Unit.COUNT)]
    after = say("says", "month_after", language)
    columns += [Column(name_of(n), after.format(n=n), Unit.PERCENT) for n in AFTER]
    rows = [
        Row(
            str(one.month),
            time_of(one.month, Interval.MONTH, language),
            cells_of([one], ask.today),
        )
        for one in known
    ]
    if not known:
        return Table(table.id, title, rows_are, columns, [], reason="no_data")
    total = Row(None, say("says", "total", language), cells_of(known, ask.today))
    return Table(
        table.id, title, rows_are, columns, rows, total, picture=table.picture,
        bucket=Interval.MONTH,
    )  # fmt: skip
