"""What a report asks the metrics: each question once, a refusal is a reason and no hole."""

from dataclasses import dataclass, replace
from datetime import timedelta
from typing import NamedTuple

from sqlalchemy.ext.asyncio import AsyncSession

from crm_reporting.effect.rules.answers import Measured
from crm_reporting.metrics import use_cases as metrics
from crm_reporting.metrics.errors import QuestionError
from crm_reporting.metrics.rules.asks import Ask, names_of
from crm_reporting.metrics.rules.catalogue import CATALOGUE, Dimension, Language, Metric
from crm_reporting.metrics.rules.hiding import refuse_hidden, veiled
from crm_reporting.metrics.rules.numbers import Unit
from crm_reporting.metrics.rules.periods import Against, Interval, Period, bucket_of
from crm_reporting.metrics.rules.questions import Around, Parameters, ask_of
from crm_reporting.metrics.rules.results import MONEY_DETAILS, Missing, Result, Shown
from crm_reporting.metrics.rules.sources import NOUN_OF
from crm_reporting.rebuilds.use_cases import Basis
from crm_reporting.reports.rules.definitions import SHARE, Definition, FigureName
from crm_reporting.reports.rules.tables import Cell
from crm_shared.clock import local_day
from crm_shared.errors import ForbiddenError
from crm_shared.filters import And
from crm_shared.http.hiding import FieldHiddenError
from crm_shared.policies import Names

# only deals have these: other facts would answer such a filter with a nought
OF_DEALS = frozenset({"pipeline_id", "product_id"})
# than any quarter
LONGER = timedelta(days=100)


class Cut(NamedTuple):
    """How a metric is asked for: whole, by a dimension, by an interval, against another period."""

    by: Dimension | None = None
    interval: Interval | None = None
    compare: Against | None = None


WHOLE = Cut()
WHOLE_SHARE = "100.00"


@dataclass(frozen=True, slots=True)
class Asked:
    """A report and what its reader wants of it."""

    definition: Definition
    told: Parameters
    filters: And
    around: Around
    language: Language
    hidden: Names

    @property
    def basis(self) -> Basis:
        return Basis(self.around.zone, self.around.currency)


class Answers:
    """Asks the metrics for one report."""

    def __init__(self, session: AsyncSession, asked: Asked) -> None:
        self.session = session
        self.asked = asked
        self.told = _with_period(asked)
        # metrics that the company defined itself, where a report shows them
        self.own: dict[str, Metric] = {}
        # a period, currency or filter that cannot be is refused once, for the whole report
        self.whole = self._ask("won_deals", None, WHOLE)
        self.measured: Measured | None = None
        self._known: dict[tuple[str, str | None, Cut], Result | str] = {}

    async def of(self, figure: FigureName, cut: Cut = WHOLE) -> Result | str:
        """Return what the metric answers, or the reason why it does not."""
        key = (figure.metric.id, figure.variant, cut)
        if key not in self._known:
            self._known[key] = await self._answer(*key)
        return self._known[key]

    @property
    def unconverted(self) -> list[Missing]:
        """The money that no rate could convert, of whatever figure left out most."""
        found: dict[str, Missing] = {}
        for result in self._known.values():
            for missing in () if isinstance(result, str) else result.unconverted:
                known = found.get(missing.currency)
                if known is None or missing.n > known.n:
                    found[missing.currency] = missing
        return [found[currency] for currency in sorted(found)]

    async def _answer(self, metric: str, variant: str | None, cut: Cut) -> Result | str:
        try:
            ask = self._ask(metric, variant, cut)
            refuse_hidden(ask, self.asked.hidden)
        except QuestionError:
            return "not_cut_so"
        except (FieldHiddenError, ForbiddenError):
            # costs and pay are for finance: what reads them is null to others; a filter by a
            # hidden field was refused for the whole report: it is the figure
            return "hidden"
        if _knows_not(ask):
            return "not_cut_so"
        try:
            result = await metrics.answer(self.session, ask, self.asked.basis)
        except QuestionError:
            return "too_long"
        return veiled(result, self.asked.hidden)

    def _ask(self, metric: str, variant: str | None, cut: Cut) -> Ask:
        told = replace(
            self.told, variant=variant, by=cut.by, interval=cut.interval, compare=cut.compare
        )
        entry = self.own.get(metric) or CATALOGUE[metric]
        return ask_of(entry, told, self.asked.filters, self.asked.around)


def total_cell(figure: FigureName, found: Result | str) -> Cell:
    """Return the cell of the whole."""
    if isinstance(found, str):
        return Cell(None, found)
    return cell_of(figure, found.total, WHOLE_SHARE if found.total.n else None)


def cell_of(figure: FigureName, shown: Shown, share: str | None = None) -> Cell:
    """Return the cell of a figure: its value, its share of all parts, or a detail of it."""
    if figure.detail is None:
        return Cell(shown.value, shown.reason)
    if figure.detail == SHARE:
        return Cell(share, None if share else "no_denominator")
    if shown.reason == "no_input":
        return Cell(None, shown.reason)
    value = shown.details.get(figure.detail)
    return Cell(None, "no_detail") if value is None else Cell(str(value))


def unit_of(figure: FigureName) -> str:
    """Return in what a figure is told."""
    name = figure.detail
    if name is None:
        return figure.metric.unit
    if name in MONEY_DETAILS:
        return Unit.MONEY
    if name == SHARE or name.endswith("percent"):
        return Unit.PERCENT
    if name.endswith("days"):
        return Unit.DAYS
    return Unit.RATIO if name.endswith("months") else Unit.COUNT


def _knows_not(ask: Ask) -> bool:
    nouns = {NOUN_OF[part] for part in ask.metric.measures[ask.variant].facts}
    return bool(names_of(ask.filter) & OF_DEALS) and bool(nouns - {"deal"})


def _with_period(asked: Asked) -> Parameters:
    """Return the parameters; without days some reports are of this quarter to its end."""
    told = asked.told
    if told.start or told.end or asked.definition.period != "quarter":
        return told
    today = local_day(asked.around.now, asked.around.zone)
    start = bucket_of(today, Interval.QUARTER)
    quarter = next(Period(start, start + LONGER).buckets(Interval.QUARTER))
    return replace(told, start=quarter.start, end=quarter.end)
