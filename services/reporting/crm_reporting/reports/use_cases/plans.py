"""Plan and fact: plans within the reader's scope, held against the same metrics."""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from decimal import Decimal
from typing import Any
from uuid import UUID

from crm_reporting.inputs.errors import NothingToComputeError
from crm_reporting.inputs.models import Plan
from crm_reporting.inputs.queries import Told, list_plans
from crm_reporting.inputs.rules.attaining import attained_by, whose
from crm_reporting.inputs.rules.measures import title_of, unit_of
from crm_reporting.metrics.errors import QuestionError
from crm_reporting.metrics.queries.labels import labels_of
from crm_reporting.metrics.rules.asks import names_of
from crm_reporting.metrics.rules.catalogue import Dimension
from crm_reporting.metrics.rules.numbers import Figure, Unit, rounded, written
from crm_reporting.permissions import READ_PLANS
from crm_reporting.reports.rules.definitions import OF_PLANS, TableOf, refused_filters
from crm_reporting.reports.rules.tables import DAY, OWN, TEXT, Cell, Column, Row, Table
from crm_reporting.reports.rules.words import say, span_of
from crm_reporting.reports.use_cases.asking import Answers
from crm_shared.actor import Access
from crm_shared.events.known_calendar import known_calendar
from crm_shared.filters import Comparison
from crm_shared.http.hiding import FieldHiddenError
from crm_shared.working_time import WorkingCalendar

MOST_PLANS = 200
# what a plan has come to, or why nobody is told
Fact = Figure | str


async def plans(answers: Answers, table: TableOf) -> Table:
    """Return the plans of which some day lies in the period, goals of the introduction too."""
    language = answers.asked.language
    actor = answers.asked.around.access.actor
    title, scope = table.title[language], READ_PLANS.reach(actor)
    rows_are = say("says", "metric", language)
    if scope is None:
        return Table(table.id, title, rows_are, [], [], reason="not_allowed")
    _refuse_others(answers)
    period = answers.whole.period
    within = Access(actor, scope)
    found = await list_plans(answers.session, within, period.start, period.end, MOST_PLANS + 1)
    kept = [plan for plan in found if _is_wanted(answers, plan)]
    names = await _names(answers, kept)
    shown = kept[:MOST_PLANS]
    facts = await _facts(answers, within, shown)
    calendar = await known_calendar(answers.session, answers.asked.basis.zone)
    rows = [_row(answers, plan, names, facts[plan.id], calendar) for plan in shown]
    columns = [
        Column("whose", say("says", "whose", language), TEXT),
        Column("starts", say("says", "starts", language), DAY),
        Column("ends", say("says", "ends", language), DAY),
        Column("plan", say("says", "plan", language), OWN),
        Column("fact", say("says", "fact", language), OWN),
        Column("percent", say("says", "percent", language), Unit.PERCENT),
        Column("pace", say("says", "pace", language), Unit.PERCENT),
    ]
    more = say("says", "more", language).format(shown=MOST_PLANS, all=f"{MOST_PLANS}+")
    notes = [more] if len(kept) > MOST_PLANS else []
    return Table(table.id, title, rows_are, columns, rows, picture=table.picture, notes=notes)


def _refuse_others(answers: Answers) -> None:
    """Refuse a filter that no plan has: plans of everything would stand under its name."""
    asked = answers.asked
    for name in refused_filters(asked.definition, names_of(asked.filters)):
        rule = "Plans are of an owner, a team or the company: nothing else narrows them."
        raise QuestionError(name, "unknown-dimension", rule)


def _is_wanted(answers: Answers, plan: Plan) -> bool:
    """Tell whether a plan is of the owner or team that the report is filtered by."""
    for item in answers.asked.filters.items:
        if isinstance(item, Comparison) and item.field in OF_PLANS:
            wanted = item.value if item.op == "in" else [item.value]
            if item.op in ("eq", "in") and getattr(plan, item.field) not in wanted:
                return False
    return True


async def _names(answers: Answers, found: list[Plan]) -> dict[UUID | str, str]:
    owners = {plan.owner_id for plan in found if plan.owner_id}
    teams = {plan.team_id for plan in found if plan.team_id}
    known = await labels_of(answers.session, Dimension.OWNER, owners)
    return {**known, **await labels_of(answers.session, Dimension.TEAM, teams)}


async def _facts(answers: Answers, access: Access, shown: Sequence[Plan]) -> Mapping[UUID, Fact]:
    """Return what each plan has come to: plans of many people for one thing are asked at once."""
    alike: dict[tuple[Any, ...], list[Plan]] = defaultdict(list)
    for plan in shown:
        alike[plan.metric, plan.starts_on, plan.ends_on, plan.currency, _cut(plan)].append(plan)
    found: dict[UUID, Fact] = {}
    for (metric, first, last, currency, cut), plans in alike.items():
        basis = answers.asked.basis
        told = Told(answers.session, access, basis, currency or basis.currency)
        try:
            by = await told.figures_by(metric, first, last, cut) if cut and plans[1:] else None
            for plan in plans:
                holder = whose(plan)
                found[plan.id] = (
                    await told.figure(metric, first, last, *holder)
                    if by is None
                    else by[0].get(holder[0] or holder[1], by[1])
                )
        except (FieldHiddenError, NothingToComputeError) as refused:
            reason = "hidden" if isinstance(refused, FieldHiddenError) else "no_data"
            found |= dict.fromkeys((plan.id for plan in plans), reason)
    return found


def _cut(plan: Plan) -> Dimension | None:
    owner, team = whose(plan)
    if owner and team:
        return None
    return Dimension.OWNER if owner else Dimension.TEAM if team else None


def _row(
    answers: Answers,
    plan: Plan,
    names: dict[UUID | str, str],
    fact: Fact,
    calendar: WorkingCalendar,
) -> Row:
    language = answers.asked.language
    unit = unit_of(plan.metric)
    currency = plan.currency or answers.whole.currency
    label = title_of(plan.metric)[language] + (f", {currency}" if unit == Unit.MONEY else "")
    holder = plan.owner_id or plan.team_id
    whose = names.get(holder, str(holder)) if holder else say("says", "company", language)
    who = [whose] if holder else []
    drawn_as = ", ".join([span_of(plan.starts_on, plan.ends_on, language), label, *who])
    cells = {
        "whose": Cell(whose),
        "starts": Cell(plan.starts_on.isoformat()),
        "ends": Cell(plan.ends_on.isoformat()),
        "plan": Cell(written(rounded(plan.value, Unit(unit), currency))),
    }
    if isinstance(fact, str):
        gone = dict.fromkeys(("fact", "percent", "pace"), Cell(None, fact))
        return Row(str(plan.id), label, cells | gone, unit, drawn_as)
    attained = attained_by(plan, fact, calendar, answers.whole.today)
    actual = written(rounded(fact.value, Unit(unit), currency))
    cells["fact"] = Cell(actual, None if actual else "no_data")
    for name, told in (("percent", attained.percent), ("pace", attained.pace)):
        exact = told.value
        value = None if exact is None else Decimal(exact.numerator) / exact.denominator
        cells[name] = Cell(written(rounded(value, Unit.PERCENT, currency)), told.reason)
    return Row(str(plan.id), label, cells, unit, drawn_as)
