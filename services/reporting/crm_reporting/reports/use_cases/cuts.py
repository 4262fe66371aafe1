"""Tables of figures side by side, cut by one dimension; the totals are the metrics' own."""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from decimal import Decimal
from uuid import UUID

from crm_reporting.metrics.rules.catalogue import Dimension
from crm_reporting.metrics.rules.classes import UNTIL_A, UNTIL_B
from crm_reporting.metrics.rules.numbers import HUNDRED, Unit
from crm_reporting.metrics.rules.results import Result, Slice
from crm_reporting.reports.rules.definitions import SHARE, FigureName, TableOf
from crm_reporting.reports.rules.tables import TEXT, Cell, Column, Row, Table
from crm_reporting.reports.rules.words import key_of, say
from crm_reporting.reports.use_cases.asking import Answers, Cut, cell_of, total_cell
from crm_reporting.reports.use_cases.wholes import columns_of

MOST_ROWS = 500
CUMULATIVE, GROUP = "cumulative", "group"
# names that people gave stay as they are: a customer called "C" is no group
NAMED = frozenset(
    {
        Dimension.OWNER, Dimension.TEAM, Dimension.PRODUCT, Dimension.SECTOR, Dimension.PIPELINE,
        Dimension.COMPANY, Dimension.CUSTOMER, Dimension.STAGE, Dimension.REASON,
        Dimension.COMPETITOR, Dimension.MAILING, Dimension.CAMPAIGN,
    }
)  # fmt: skip
Key = UUID | str | None
Slices = Mapping[Key, Slice]


async def cut(answers: Answers, table: TableOf) -> Table:
    """Return figures cut by the table's dimension, in the order of the first of them."""
    language = answers.asked.language
    asked = Cut(by=table.by)
    found = [await answers.of(figure, asked) for figure in table.figures]
    rows_are = say("rows", table.by, language) if table.by else say("says", GROUP, language)
    title = table.title[language]
    if all(isinstance(one, str) for one in found):
        return Table(table.id, title, rows_are, [], [], reason=str(found[0]))
    slices = [_by_key(one) for one in found]
    keys = list(dict.fromkeys(key for one in slices for key in one))
    rows = [
        Row(
            None if key is None else str(key),
            _label(answers, table.by, key, slices),
            {
                figure.written: _cell(figure, one, part.get(key))
                for figure, one, part in zip(table.figures, found, slices, strict=True)
            },
        )
        for key in keys[:MOST_ROWS]
    ]
    total = Row(
        None,
        say("says", "total", language),
        {figure.written: total_cell(figure, await answers.of(figure)) for figure in table.figures},
    )
    notes = _notes(answers, len(keys))
    columns = columns_of(answers, table)
    return Table(
        table.id, title, rows_are, columns, rows, total, picture=table.picture, notes=notes
    )


async def pareto(answers: Answers, table: TableOf) -> Table:
    """Return a cut with what the rows bring together so far, and in which group that puts them."""
    language = answers.asked.language
    found = await cut(answers, table)
    if found.reason or not found.rows:
        return found
    leading = table.figures[0].written
    # what is nobody's stands last: the others are added up without it
    shown = sorted(found.rows, key=lambda row: row.key is None)
    values = [None if row.key is None else row.cells[leading].value for row in shown]
    nobodys = sum(Decimal(r.cells[leading].value or 0) for r in shown if r.key is None)
    # of all customers, also of those that the table has no room for; what is nobody's is no group's
    told = found.total.cells[leading].value if found.total else None
    whole = Decimal(told or 0) - nobodys
    columns = [
        *found.columns[:1],
        Column(CUMULATIVE, say("says", CUMULATIVE, language), Unit.PERCENT),
        Column(GROUP, say("says", GROUP, language), TEXT),
        *found.columns[1:],
    ]
    added = cumulated([None if one is None else Decimal(one) for one in values], whole)
    rows = [
        replace(row, cells={**row.cells, **more}) for row, more in zip(shown, added, strict=True)
    ]
    return replace(found, columns=columns, rows=rows)


def cumulated(values: Sequence[Decimal | None], whole: Decimal) -> list[dict[str, Cell]]:
    """Return for each row what it and those before it bring of the whole, and its group."""
    so_far, told = Decimal(0), []
    for value in values:
        if value is None or whole <= 0 or value < 0:
            nothing = Cell(None, "nobodys" if value is None else "no_denominator")
            told.append({CUMULATIVE: nothing, GROUP: nothing})
            continue
        before = so_far * HUNDRED / whole
        so_far += value
        # who bought nothing in the period belongs to none of those who share the whole (K14)
        group = "N" if not value else "A" if before < UNTIL_A else "B" if before < UNTIL_B else "C"
        percent = so_far * HUNDRED / whole
        told.append({CUMULATIVE: Cell(f"{percent:.2f}"), GROUP: Cell(group)})
    return told


def _by_key(found: Result | str) -> Slices:
    return {} if isinstance(found, str) else {one.key: one for one in found.breakdown}


def _cell(figure: FigureName, found: Result | str, part: Slice | None) -> Cell:
    if isinstance(found, str):
        return Cell(None, found)
    if part is not None:
        return cell_of(figure, part.shown, part.share)
    if figure.detail in (None, SHARE) and found.total.reason == "no_input":
        return Cell(None, "no_input")
    # the metric asked of this row alone would tell the same: a sum of nothing is nought
    if figure.detail is None and figure.metric.additive:
        return Cell("0.00" if figure.metric.unit is Unit.MONEY else "0")
    return Cell(None, "no_data")


def _label(answers: Answers, by: Dimension | None, key: Key, slices: Sequence[Slices]) -> str:
    language = answers.asked.language
    if key is None:
        return say("says", "nobody", language)
    labels = (one[key].label for one in slices if key in one)
    label = next((label for label in labels if label), str(key))
    return label if by in NAMED else key_of(label, language)


def _notes(answers: Answers, rows: int) -> list[str]:
    if rows <= MOST_ROWS:
        return []
    told = say("says", "more", answers.asked.language)
    return [told.format(shown=MOST_ROWS, all=rows)]
