"""I9: what campaigns cost and what became of their leads, down to the money that came in."""

from collections.abc import Mapping
from decimal import Decimal

from crm_reporting.contributions.rules import Part
from crm_reporting.metrics.queries.chain import Link, chain
from crm_reporting.metrics.rules.asks import Read
from crm_reporting.metrics.rules.catalogue import AMOUNT, Dimension
from crm_reporting.metrics.rules.hiding import is_hidden
from crm_reporting.metrics.rules.numbers import HUNDRED, Unit, rounded, written
from crm_reporting.reports.rules.definitions import TableOf
from crm_reporting.reports.rules.tables import Cell, Column, Row, Table
from crm_reporting.reports.rules.words import say
from crm_reporting.reports.use_cases.asking import Answers, Cut, cell_of, total_cell

# each column: in what it is told, and the fields that it cannot be told without
COLUMNS: Mapping[str, tuple[Unit, tuple[str, ...]]] = {
    "cost": (Unit.MONEY, ()),
    "leads": (Unit.COUNT, ()),
    "deals": (Unit.COUNT, ("lead.deal_id",)),
    "won": (Unit.COUNT, ("deal.outcome",)),
    "won_amount": (Unit.MONEY, (AMOUNT, "deal.outcome")),
    "invoiced": (Unit.MONEY, ("invoice.net",)),
    "paid": (Unit.MONEY, ("payment.amount",)),
    "refunded": (Unit.MONEY, ("payment.amount",)),
    "return_on_advertising": (Unit.RATIO, (AMOUNT, "deal.outcome", "cost.amount")),
    "return_on_marketing": (
        Unit.PERCENT, (AMOUNT, "deal.outcome", "deal.line_items", "cost.amount"),
    ),
}  # fmt: skip
MOST_ROWS = 500
CAMPAIGN = "lead.labels"


async def campaigns(answers: Answers, table: TableOf) -> Table:
    """Return a row a campaign: the leads of the period, and all that followed of them since."""
    ask, language = answers.whole, answers.asked.language
    rows_are, title = say("rows", "campaign", language), table.title[language]
    if is_hidden(CAMPAIGN, answers.asked.hidden):
        return Table(table.id, title, rows_are, [], [], reason="hidden")
    read = Read((Part.LEAD,), ask.period, ask.access, ask.filter)
    found = await chain(answers.session, read, ask.currency)
    links = {one.campaign: one for one in found.links}
    costs, whole = await _costs(answers, table)
    names = [*links, *(name for name in costs if name not in links)]
    ordered = sorted(names, key=lambda name: _rank(links.get(name) or Link(name)))
    rows = [
        Row(
            name,
            name or say("says", "nobody", language),
            _cells(answers, links.get(name) or Link(name), costs.get(name, whole["missing"])),
        )
        for name in ordered[:MOST_ROWS]
    ]
    added = found.whole
    total = Row(None, say("says", "total", language), _cells(answers, added, whole["total"]))
    columns = [
        Column(name, say("says", name, language), unit) for name, (unit, _) in COLUMNS.items()
    ]
    notes = []
    if len(names) > MOST_ROWS:
        notes.append(say("says", "more", language).format(shown=MOST_ROWS, all=len(names)))
    if sum(one.deals for one in found.links) > added.deals:
        notes.append(say("says", "counted_once", language))
    if added.unconverted:
        notes.append(say("says", "without_rate", language).format(n=added.unconverted))
    return Table(table.id, title, rows_are, columns, rows, total, table.picture, notes=notes)


async def _costs(
    answers: Answers, table: TableOf
) -> tuple[dict[str | None, Cell], dict[str, Cell]]:
    """Return the cost of each campaign, of all, and what stands where nothing was spent."""
    [figure] = table.figures
    found = await answers.of(figure, Cut(by=Dimension.CAMPAIGN))
    if isinstance(found, str):
        return {}, {"total": Cell(None, found), "missing": Cell(None, found)}
    cut = {
        None if one.key is None else str(one.key): cell_of(figure, one.shown)
        for one in found.breakdown
    }
    spent = found.total.value is not None
    nothing = Cell("0.00") if spent else Cell(None, found.total.reason)
    return cut, {"total": total_cell(figure, found), "missing": nothing}


def _cells(answers: Answers, link: Link, cost: Cell) -> dict[str, Cell]:
    currency, hidden = answers.whole.currency, answers.asked.hidden
    spent = None if cost.value is None else Decimal(cost.value)
    amounts: dict[str, Decimal | int | None] = {
        "leads": link.leads, "deals": link.deals, "won": link.won, "won_amount": link.won_amount,
        "invoiced": link.invoiced, "paid": link.paid, "refunded": link.refunded,
        "return_on_advertising": link.won_amount / spent
        if spent and link.won_amount is not None else None,
        "return_on_marketing": (link.profit - spent) * HUNDRED / spent
        if spent and link.profit is not None else None,
    }  # fmt: skip
    cells = {"cost": cost}
    for name, value in amounts.items():
        unit, tells = COLUMNS[name]
        if any(is_hidden(one, hidden) for one in tells):
            cells[name] = Cell(None, "hidden")
        elif value is None:
            is_divided = name.startswith("return_")
            reason = (cost.reason if spent is None else "no_denominator") if is_divided else None
            cells[name] = Cell(None, "no_data" if spent or reason is None else reason)
        else:
            cells[name] = Cell(written(rounded(Decimal(value), unit, currency)))
    return cells


def _rank(link: Link) -> tuple[bool, Decimal, int, str]:
    """What names no campaign stands last; else what brought most comes first."""
    brought = link.won_amount or Decimal(0)
    return link.campaign is None, -brought, -link.leads, link.campaign or ""
