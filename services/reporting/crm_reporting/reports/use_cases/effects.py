"""Tables of the measured effect; whoever may not read it, or has no setup yet, is told so."""

from fractions import Fraction

from crm_reporting.effect.rules.answers import Measured, Question
from crm_reporting.effect.rules.balance import MonthLine, sentence
from crm_reporting.effect.rules.components import Component
from crm_reporting.effect.rules.exact import half_up
from crm_reporting.effect.rules.explaining import TITLES
from crm_reporting.effect.use_cases import measure_effect
from crm_reporting.inputs.errors import EffectNotBegunError, EffectNotSetUpError
from crm_reporting.inputs.rules.measures import title_of, unit_of
from crm_reporting.metrics.errors import QuestionError
from crm_reporting.metrics.rules.numbers import Unit
from crm_reporting.metrics.rules.periods import Interval
from crm_reporting.permissions import READ_EFFECT
from crm_reporting.reports.rules.definitions import TableOf
from crm_reporting.reports.rules.tables import CHANGE, OWN, TEXT, Cell, Column, Row, Table
from crm_reporting.reports.rules.words import say, time_of
from crm_reporting.reports.use_cases.asking import Answers
from crm_shared.actor import Access
from crm_shared.money import DIGITS

LOST = ("E11", "E12")
MONTHLY = ("brought", "realised", "cost", "total_brought", "total_realised", "total_cost",
           "planned")  # fmt: skip


async def losses(answers: Answers, table: TableOf) -> Table:
    """Return what missed promises and calls are worth a month, by the measured effect."""
    found = await _measured(answers)
    if isinstance(found, str):
        return _refused(answers, table, found)
    lost = [one for one in found.components if one.id in LOST]
    return _components(answers, table, found, lost)


async def components(answers: Answers, table: TableOf) -> Table:
    """Return every source of the effect, what it is worth and what of it is credited."""
    found = await _measured(answers)
    if isinstance(found, str):
        return _refused(answers, table, found)
    return _components(answers, table, found, list(found.components))


async def months(answers: Answers, table: TableOf) -> Table:
    """Return since the start what came and what it cost, month by month."""
    found = await _measured(answers)
    if isinstance(found, str):
        return _refused(answers, table, found)
    language, currency = answers.asked.language, found.setup.currency
    rows = [
        Row(
            str(line.month.first),
            time_of(line.month.first, Interval.MONTH, language),
            {name: _money(_of(line, name), currency) for name in MONTHLY},
        )
        for line in found.balance.lines
    ]
    columns = [Column(name, say("says", name, language), Unit.MONEY) for name in MONTHLY]
    told = sentence(
        found.balance, language, start=found.setup.starts_on, currency=currency,
        told=bool(found.effect.parts),
    )  # fmt: skip
    rows_are, title = say("says", "month", language), table.title[language]
    return Table(table.id, title, rows_are, columns, rows, picture=table.picture, notes=[told],
                 currency=currency, bucket=Interval.MONTH)  # fmt: skip


async def before_after(answers: Answers, table: TableOf) -> Table:
    """Return every figure that has a baseline, before and after."""
    found = await _measured(answers)
    if isinstance(found, str):
        return _refused(answers, table, found)
    language, currency = answers.asked.language, found.setup.currency
    rows = []
    for row in found.rows:
        unit, told = unit_of(row.metric), row.found
        write = _money if unit == Unit.MONEY else _plain
        good = {True: "yes", False: "no", None: ""}[told.good]
        cells = {
            "was": write(told.before, currency, told.reason),
            "is": write(told.after, currency, told.reason),
            # what is told in percent changes by points (G6)
            "change": _plain(
                told.change if unit == Unit.PERCENT else told.percent.value, currency, told.reason
            ),
            "better": Cell(say("says", good, language) if good else None),
        }
        rows.append(Row(row.metric, title_of(row.metric)[language], cells, unit))
    columns = [
        Column("was", say("says", "was", language), OWN),
        Column("is", say("says", "is", language), OWN),
        Column("change", say("says", "change", language), CHANGE),
        Column("better", say("says", "better", language), TEXT),
    ]
    rows_are = say("says", "metric", language)
    title = table.title[language]
    return Table(table.id, title, rows_are, columns, rows, currency=currency)


async def _measured(answers: Answers) -> Measured | str:
    asked = answers.asked
    scope = READ_EFFECT.reach(asked.around.access.actor)
    if scope is None:
        return "not_allowed"
    if asked.hidden.get("deal"):
        return "hidden"
    if answers.measured is None:
        # the effect is told of whole days since the start, whatever else is filtered
        last = answers.whole.period.end.fromordinal(answers.whole.period.end.toordinal() - 1)
        question = Question(asked.told.start, min(last, answers.whole.today), asked.around.now)
        access = Access(asked.around.access.actor, scope)
        try:
            answers.measured = await measure_effect(answers.session, access, asked.basis, question)
        except EffectNotSetUpError:
            return "not_set_up"
        except EffectNotBegunError:
            return "not_begun"
        except QuestionError:
            return "too_long"
    found: Measured = answers.measured
    return found


def _components(answers: Answers, table: TableOf, found: Measured, told: list[Component]) -> Table:
    language, currency = answers.asked.language, found.setup.currency
    credited = {id(part.component): part for part in found.effect.parts}
    rows = []
    for one in told:
        part = credited.get(id(one))
        why = one.reason or "no_weight"
        rows.append(
            Row(
                one.id,
                f"{one.id} {TITLES[one.id][language]}",
                {
                    "worth": _money(one.value, currency, one.reason),
                    "realised": _money(None if one.reason else one.realised, currency, why),
                    "credited": _money(part.total.mid if part else None, currency, why),
                },
            )
        )
    columns = [
        Column(name, say("says", name, language), Unit.MONEY)
        for name in ("worth", "realised", "credited")
    ]
    rows_are = say("says", "component", language)
    title = table.title[language]
    return Table(table.id, title, rows_are, columns, rows, picture=table.picture, currency=currency)


def _refused(answers: Answers, table: TableOf, reason: str) -> Table:
    language = answers.asked.language
    rows_are = say("says", "component", language)
    return Table(table.id, table.title[language], rows_are, [], [], reason=reason)


def _of(line: MonthLine, name: str) -> Fraction | None:
    value: Fraction | None = getattr(line, name)
    return value


def _money(value: Fraction | None, currency: str, reason: str | None = None) -> Cell:
    if value is None:
        return Cell(None, reason or "no_input")
    return Cell(f"{half_up(value, DIGITS.get(currency, 2)):f}")


def _plain(value: Fraction | None, _currency: str, reason: str | None = None) -> Cell:
    return Cell(None, reason or "no_data") if value is None else Cell(f"{half_up(value, 2):f}")
