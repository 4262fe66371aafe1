"""A report as a page that prints: tables, pictures inside, what it shows, why something is null."""

import base64
import hashlib
from collections.abc import Iterator, Mapping, Sequence
from datetime import date
from html import escape
from importlib.resources import files

from crm_reporting.metrics.rules.words import sums_of
from crm_reporting.metrics.rules.writing import short_day
from crm_reporting.reports.rules.files import reasons_in
from crm_reporting.reports.rules.tables import DAY, TEXT, Cell, Column, Report, Row, Table
from crm_reporting.reports.rules.words import moment, number, say, titled, unit_beside

STYLE = files("crm_reporting.reports.catalogue").joinpath("page.css").read_text("utf-8")
_HASH = base64.b64encode(hashlib.sha256(STYLE.encode()).digest()).decode()
# nothing is loaded and nothing runs: whatever stands in a name stays a name
POLICY = (
    f"default-src 'none'; style-src 'sha256-{_HASH}'; base-uri 'none'; form-action 'none'; "
    "frame-ancestors 'none'"
)

# columns that an upright sheet has room for
UPRIGHT = 7


def page(report: Report, pictures: Mapping[str, str]) -> str:
    """Return the whole page; `pictures` are SVG texts by table."""
    return "\n".join(_lines(report, pictures))


def _lines(report: Report, pictures: Mapping[str, str]) -> Iterator[str]:
    language = report.language
    yield f'<!doctype html><html lang="{language}"><head><meta charset="utf-8">'
    yield '<meta name="viewport" content="width=device-width, initial-scale=1">'
    yield f"<title>{escape(report.title)}</title><style>{STYLE}</style></head><body>"
    # printed, the head stands on the sheet of what follows it
    yield f"<header{_broad(report.tables[:1])}><h1>{escape(report.title)}</h1>"
    yield f"<p>{escape(report.about)}</p>"
    yield f"<ul class='shown' aria-label='{escape(say('says', 'filters', language))}'>"
    for text in report.filters:
        yield f"<li>{escape(text)}</li>"
    yield f"<li>{escape(say('says', 'money_in', language))} {report.currency}</li></ul></header>"
    for table in report.tables:
        yield from _section(report, table, pictures.get(table.id))
    yield from _left_out(report)
    said = "known_at" if report.is_past else "made"
    yield f"<footer>{escape(say('says', said, language))}: "
    yield f"{escape(moment(report))}</footer></body></html>"


def _section(report: Report, table: Table, picture: str | None) -> Iterator[str]:
    yield f"<section{_broad([table])}><h2>{escape(table.title)}</h2>"
    for note in table.notes:
        yield f"<p class='note'>{escape(note)}</p>"
    if table.reason:
        yield f"<p class='none'>{escape(say('reasons', table.reason, report.language))}</p>"
    elif not table.rows:
        yield f"<p class='none'>{escape(say('says', 'nothing', report.language))}</p>"
    else:
        if picture:
            yield f"<figure role='img' aria-label='{escape(table.title)}'>{picture}</figure>"
        yield from _grid(report, table)
        yield from _reasons(report, table)
    yield "</section>"


def _broad(tables: Sequence[Table]) -> str:
    return " class='broad'" if any(len(table.columns) > UPRIGHT for table in tables) else ""


def _grid(report: Report, table: Table) -> Iterator[str]:
    yield "<div class='wide'><table><thead><tr>"
    yield f"<th scope='col'>{escape(table.rows_are)}</th>"
    for column in table.columns:
        kind = " class='number'" if column.unit != TEXT else ""
        yield f"<th scope='col'{kind}>{escape(titled(report, table, column))}</th>"
    yield "</tr></thead><tbody>"
    for row in table.rows:
        yield _row(report, table, row)
    yield "</tbody>"
    if table.total is not None:
        yield f"<tfoot>{_row(report, table, table.total)}</tfoot>"
    yield "</table></div>"


def _row(report: Report, table: Table, row: Row) -> str:
    unit = unit_beside(row, table.currency or report.currency, report.language)
    label = escape(row.label) + (f" <small>{escape(unit)}</small>" if unit else "")
    cells = (_cell(report, column, row, row.cells.get(column.id)) for column in table.columns)
    return f"<tr><th scope='row'>{label}</th>{''.join(cells)}</tr>"


def _cell(report: Report, column: Column, row: Row, cell: Cell | None) -> str:
    kind = " class='number'" if column.unit != TEXT else ""
    if cell is None or (cell.value is None and not cell.reason):
        return f"<td{kind}></td>"
    if cell.value is None:
        why = escape(say("reasons", str(cell.reason), report.language))
        return f"<td{kind}><abbr title='{why}'>–</abbr></td>"
    if column.unit == DAY:
        return (
            f"<td{kind}>{escape(short_day(date.fromisoformat(cell.value), report.language))}</td>"
        )
    if not column.is_number:
        return f"<td{kind}>{escape(cell.value)}</td>"
    return f"<td{kind}>{escape(number(cell.value, row.unit_of(column), report.language))}</td>"


def _reasons(report: Report, table: Table) -> Iterator[str]:
    known = reasons_in(table)
    if not known:
        return
    yield f"<details open class='why'><summary>{escape(say('says', 'known', report.language))}"
    yield "</summary><ul>"
    for names, reason in known:
        told = f"{', '.join(names)}: {say('reasons', reason, report.language)}"
        yield f"<li>{escape(told)}</li>"
    yield "</ul></details>"


def _left_out(report: Report) -> Iterator[str]:
    if report.unconverted:
        sums = sums_of(report.unconverted, report.language)
        said = say("says", "unconverted", report.language)
        yield f"<p class='note'>{escape(f'{said}: {sums}')}</p>"
