"""A report put together from what the metrics answer: the same totals, scope and hiding."""

from collections.abc import Awaitable, Callable, Mapping
from datetime import UTC

from sqlalchemy.ext.asyncio import AsyncSession

from crm_reporting.ledger.queries import lag_seconds
from crm_reporting.metrics.errors import QuestionError
from crm_reporting.metrics.queries.facts import recall
from crm_reporting.metrics.queries.labels import names_in
from crm_reporting.metrics.rules import words
from crm_reporting.metrics.rules.hiding import refuse_hidden
from crm_reporting.reports.rules.definitions import TableOf
from crm_reporting.reports.rules.tables import Report, Table
from crm_reporting.reports.use_cases import audit, chain, cohorts, cuts, effects, plans, wholes
from crm_reporting.reports.use_cases.asking import Answers, Asked
from crm_shared.http.hiding import FieldHiddenError

Composer = Callable[[Answers, TableOf], Awaitable[Table]]
COMPOSERS: Mapping[str, Composer] = {
    "figures": wholes.figures,
    "own": wholes.own,
    "series": wholes.series,
    "scenarios": wholes.scenarios,
    "coverage": wholes.coverage,
    "cohorts": cohorts.cohorts,
    "campaigns": chain.campaigns,
    "audit_needed": audit.needed,
    "audit_demanded": audit.demanded,
    "audit_process": audit.process,
    "audit_features": audit.features,
    "cut": cuts.cut,
    "pareto": cuts.pareto,
    "plans": plans.plans,
    "losses": effects.losses,
    "effect_months": effects.months,
    "effect_components": effects.components,
    "effect_before_after": effects.before_after,
}

# what stands open, what was entered and what it came to: of these only the present is known
OF_NOW = frozenset(
    {
        "campaigns", "plans", "losses", "audit_needed", "audit_demanded", "audit_process",
        "audit_features", "effect_months", "effect_components", "effect_before_after",
    }
)  # fmt: skip


async def compose_past(session: AsyncSession, asked: Asked) -> Report:
    """Return a report as it was known at `as_of`; the session's transaction is used up by it.

    Raises QuestionError besides for a report with tables that only know the present.
    """
    of_now = [one.id for one in asked.definition.tables if one.kind in OF_NOW]
    if of_now:
        rule = f"Of {', '.join(of_now)} only the present is known: this report has no past."
        raise QuestionError("as_of", "only-of-now", rule)
    parts = {
        part
        for table in asked.definition.tables
        for figure in table.figures
        for measure in figure.metric.measures.values()
        for part in measure.parts
    }
    # refuses what cannot be before the past is counted
    whole = Answers(session, asked).whole
    await recall(session, whole, asked.around.zone, parts)
    return await compose(session, asked)


async def compose(session: AsyncSession, asked: Asked) -> Report:
    """Return a report as its reader may see it; what may not be told is null with a reason.

    Raises QuestionError for a period, currency or filter that cannot be, FieldHiddenError for a
    filter by a field that the reader's role may not see.
    """
    answers = Answers(session, asked)
    whole = answers.whole
    _refuse_filters(answers)
    names = await names_in(session, whole.filter)
    asks = words.asked(whole, asked.around.zone.key, names)
    tables = [await COMPOSERS[one.kind](answers, one) for one in asked.definition.tables]
    return Report(
        definition=asked.definition,
        language=asked.language,
        start=whole.period.start,
        end=whole.period.end,
        time_zone=asked.around.zone.key,
        as_of=(whole.as_of or asked.around.now).astimezone(UTC),
        is_past=whole.as_of is not None,
        lag_seconds=await lag_seconds(session),
        currency=whole.currency,
        filters=[texts[asked.language] for texts in asks],
        tables=tables,
        unconverted=answers.unconverted,
    )


def _refuse_filters(answers: Answers) -> None:
    """A filter by a hidden field would tell it, whatever the report shows."""
    try:
        refuse_hidden(answers.whole, answers.asked.hidden)
    except FieldHiddenError as refused:
        if faults := [one.pointer for one in refused.errors if one.pointer.startswith("/query")]:
            raise FieldHiddenError(*faults) from None
