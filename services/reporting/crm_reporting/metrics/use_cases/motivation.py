"""K70: the base of pay by figures, month by month, by the rules of each month."""

from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from decimal import Decimal
from typing import NamedTuple
from uuid import UUID

from crm_reporting.metrics.errors import QuestionError
from crm_reporting.metrics.queries.inputs import plans_in
from crm_reporting.metrics.rules import motivation
from crm_reporting.metrics.rules.asks import ids_asked
from crm_reporting.metrics.rules.catalogue import Dimension
from crm_reporting.metrics.rules.motivation import Earned, Terms
from crm_reporting.metrics.rules.numbers import Figure, Reason, unknown
from crm_reporting.metrics.rules.periods import Period
from crm_reporting.metrics.rules.planning import Target, asked_of
from crm_reporting.metrics.rules.tallies import Key, Unconverted
from crm_reporting.metrics.use_cases.plans import targets_of
from crm_reporting.metrics.use_cases.staffing import Place, places_in
from crm_reporting.metrics.use_cases.work import Figures, Work
from crm_reporting.pay_rules.models import PayRule
from crm_reporting.pay_rules.queries import rules_between
from crm_reporting.pay_rules.rules import in_force, is_money
from crm_shared.actor import Scope
from crm_shared.clock import local_midnight
from crm_shared.events.known_calendar import known_calendar
from crm_shared.working_time import WorkingCalendar

MOST_MONTHS = 60


class _Told(NamedTuple):
    """What a month came to, by metric and person: figures and, where rules ask, plans."""

    figures: Mapping[str, Figures]
    plans: Mapping[str, Mapping[UUID | None, Decimal]]


async def motivation_base(work: Work, period: Period, by: Dimension | None) -> Figures:
    """Return what the rules of each month make of what was credited in it.

    Rules hold for whole months: those that lie in the period count, and the present one as far
    as it is. With `outcome=ledger` a reopened sale is taken back in the month it was reopened.
    What rules that were entered or taken back after a month was over make of it is in the value,
    and told apart as `corrected` (decision 0039).
    """
    months = motivation.pay_months(period, work.ask.today)
    if len(months) > MOST_MONTHS:
        rule = f"Pay is reckoned month by month: at most {MOST_MONTHS}, not {len(months)}."
        raise QuestionError("from", "too-many-months", rule)
    known = await rules_between(work.session, period.start, period.end)
    rules = in_force(known, work.ask.as_of)
    if not rules and (by or not known):
        return {} if by else {None: unknown(Reason.NO_INPUT)}
    calendar = await known_calendar(work.session, work.basis.zone)
    earned, was = list[Earned](), list[Earned]()
    for month in months:
        now = await _of_month(work, month, rules, calendar)
        earned += now
        then = _fixed(work, month, known)
        was += now if then == rules else await _of_month(work, month, then, calendar)
    if by is None:
        whole = motivation.together(earned, len(months), was)
        return {None: whole if rules else unknown(Reason.NO_INPUT, **whole.details)}
    cut, before = (_by_key(of, by) for of in (earned, was))
    return {
        key: motivation.together(cut.get(key, []), len(months), before.get(key, []))
        for key in cut | before
    }


def _fixed(work: Work, month: Period, known: Sequence[PayRule]) -> list[PayRule]:
    """Return the rules of a month as they were when it was over: it was reckoned by them."""
    after, until = local_midnight(month.end, work.basis.zone), work.ask.as_of
    is_over = month.end <= work.ask.today and (until is None or after <= until)
    return in_force(known, after if is_over else until)


def _by_key(earned: Sequence[Earned], by: Dimension) -> dict[Key, list[Earned]]:
    found: dict[Key, list[Earned]] = defaultdict(list)
    for one in earned:
        found[one.user if by is Dimension.OWNER else one.team].append(one)
    return found


async def _of_month(
    work: Work, month: Period, known: Sequence[PayRule], calendar: WorkingCalendar
) -> list[Earned]:
    rules = [
        rule
        for rule in known
        if rule.starts_on <= month.start and (rule.ends_on is None or rule.ends_on >= month.start)
    ]
    people = await places_in(work, month)
    told = await _told(work, month, rules, calendar)
    nothing = Figure(Decimal(0), 0)
    found = []
    for rule in rules:
        terms = _terms(work, rule, month)
        for user, team in _whose(work, rule, rules, people):
            figure = told.figures[rule.metric].get(user, nothing)
            plan = told.plans.get(rule.metric, {}).get(user)
            amount = motivation.earned_by(terms, figure, plan)
            found.append(Earned(user, team, amount, has_plan=bool(plan) or not rule.steps))
    return found


async def _told(
    work: Work, month: Period, rules: Sequence[PayRule], calendar: WorkingCalendar
) -> _Told:
    stepped = {rule.metric for rule in rules if rule.steps}
    figures, plans = {}, {}
    for metric in sorted({rule.metric for rule in rules}):
        figures[metric] = await work.told(metric, month, Dimension.OWNER)
        if metric in stepped:
            rows = await plans_in(work.session, work.ask, month, metric)
            targets = targets_of(work, rows, "owner_id")
            plans[metric] = {key: _plan(of, month, work, calendar) for key, of in targets.items()}
    return _Told(figures, plans)


def _plan(
    targets: Sequence[Target], month: Period, work: Work, calendar: WorkingCalendar
) -> Decimal:
    # the month's plan as a whole, also while the month is not over
    asked = asked_of(
        targets, month, work.ask.today, lambda day: bool(calendar.hours_on(day)), additive=True
    )
    return Decimal(asked.whole.numerator) / asked.whole.denominator


def _terms(work: Work, rule: PayRule, month: Period) -> Terms | None:
    """Return how a rule is reckoned; None while no rate brings its money into the answer's."""
    rate: Decimal | None = Decimal(1)
    if rule.currency is not None:
        rate = work.rates.convert(rule.currency, month.start)
    if rate is None:
        work.unconverted.setdefault(str(rule.currency), Unconverted()).n += 1
        return None
    return Terms(
        rule.rate * rate,
        is_money(rule.metric),
        rule.threshold,
        [(Decimal(one["from_percent"]), Decimal(one["rate"]) * rate) for one in rule.steps],
    )


def _whose(
    work: Work, rule: PayRule, rules: Sequence[PayRule], people: Sequence[Place]
) -> Iterator[tuple[UUID, UUID | None]]:
    """Yield whom a rule pays, of those whom the question is about; his own rule goes before."""
    teams = {one.user: one.team for one in people}
    if rule.owner_id is not None:
        if rule.owner_id in teams or _is_asked(work, rule.owner_id):
            yield rule.owner_id, teams.get(rule.owner_id)
        return
    own = {one.owner_id for one in rules if one.metric == rule.metric and one.owner_id}
    in_role = dict.fromkeys(one.user for one in people if one.role == rule.role)
    yield from ((user, teams[user]) for user in in_role if user not in own)


def _is_asked(work: Work, user: UUID) -> bool:
    """Tell whether somebody who is not on the staff is asked about: his team is not known."""
    access, only = work.ask.access, ids_asked(work.ask.filter, "owner_id")
    if ids_asked(work.ask.filter, "team_id") is not None or access.scope is Scope.TEAM:
        return False
    is_seen = access.scope is Scope.ALL or user == access.actor.id
    return is_seen and (only is None or user in only)
