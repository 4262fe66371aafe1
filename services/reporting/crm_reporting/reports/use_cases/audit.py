"""The audit (R9): what is empty, what stands still and what nobody uses, as things stand now.

Counts are of what the reader may see; what no event tells is null and says so.
"""

from collections.abc import Awaitable, Callable, Mapping
from datetime import timedelta
from decimal import Decimal
from uuid import UUID

from crm_reporting.contributions.rules import Part
from crm_reporting.metrics.queries import audit as queries
from crm_reporting.metrics.queries.audit import Lack
from crm_reporting.metrics.queries.labels import StageDefinition, labels_of, stages
from crm_reporting.metrics.rules.asks import Read
from crm_reporting.metrics.rules.catalogue import Dimension
from crm_reporting.metrics.rules.hiding import is_hidden
from crm_reporting.metrics.rules.numbers import HUNDRED, Unit
from crm_reporting.metrics.use_cases.reading import read_of
from crm_reporting.reports.rules.definitions import FigureName, TableOf
from crm_reporting.reports.rules.tables import TEXT, Cell, Column, Row, Table
from crm_reporting.reports.rules.words import features as known_features
from crm_reporting.reports.rules.words import say
from crm_reporting.reports.use_cases.asking import Answers
from crm_shared.actor import Scope

LATELY = timedelta(days=90)
# what figures and their cuts need of each noun
OF_DEALS = ("amount", "expected_close_date", "customer", "owner_id", "channel")
OF_LEADS = ("source", "channel", "owner_id")
OF_CLIENTS: Mapping[str, tuple[str, ...]] = {
    "company": ("owner_id", "sector", "country", "employees"),
    "contact": ("owner_id", "source", "channel"),
}
Counting = Callable[[Read], Awaitable[Lack | str]]


async def needed(answers: Answers, table: TableOf) -> Table:
    """Return for deals, leads and clients which part lacks a field that figures need."""
    deals, leads = [await _read(answers, figure) for figure in table.figures]
    rows = []
    found: Mapping[str, Lack] | str = deals if isinstance(deals, str) else _added(
        await queries.lacking_in_deals(answers.session, deals)
    )  # fmt: skip
    rows += _fields(answers, "deal", OF_DEALS, found)
    found = leads if isinstance(leads, str) else await queries.lacking_in_leads(
        answers.session, leads, OF_LEADS
    )  # fmt: skip
    rows += _fields(answers, "lead", OF_LEADS, found)
    for noun, names in OF_CLIENTS.items():
        # filters are of deals and leads: the customer base is told whole or not at all
        found = "not_cut_so"
        if not answers.asked.filters.items:
            access = answers.asked.around.access
            found = await queries.lacking_in_clients(answers.session, noun, access, names)
        rows += _fields(answers, noun, names, found)
    return _table(answers, table, "field", "lacking", rows)


async def demanded(answers: Answers, table: TableOf) -> Table:
    """Return for every field that a stage demands which part of the deals there lacks it."""
    language = answers.asked.language
    read = await _read(answers, table.figures[0])
    known = [one for one in await stages(answers.session) if one.outcome == "open"]
    pipelines = await labels_of(
        answers.session, Dimension.PIPELINE, [one.pipeline for one in known]
    )
    found = read if isinstance(read, str) else await queries.lacking_in_deals(answers.session, read)
    rows = []
    for stage in known:
        for name in stage.required_fields:
            label = (pipelines.get(stage.pipeline), stage.label, say("fields", name, language))
            cells = _cells(_demanded(answers, stage, name, found))
            shown = " · ".join(one for one in label if one)
            rows.append(Row(f"{stage.id}:{name}", shown, cells))
    return _table(answers, table, "field", "lacking", rows)


def _demanded(
    answers: Answers,
    stage: StageDefinition,
    name: str,
    found: Mapping[UUID, Mapping[str, Lack]] | str,
) -> Lack | str:
    if isinstance(found, str):
        return found
    if is_hidden(f"deal.{name}", answers.asked.hidden):
        return "hidden"
    if name not in queries.OF_DEALS:
        return "not_kept"
    return found.get(stage.id, {}).get(name, Lack(0, 0))


async def process(answers: Answers, table: TableOf) -> Table:
    """Return which part of the open work has no next step, is overdue or stands too long."""
    session, today = answers.session, answers.whole.today
    limits = {
        one.id: one.rotting_days
        for one in await stages(session)
        if one.outcome == "open" and one.rotting_days is not None
    }

    async def stale(read: Read) -> Lack | str:
        return await queries.stale_deals(session, read, limits, today) if limits else "no_limit"

    def late(part: Part) -> Counting:
        return lambda read: queries.overdue(session, read, part, today)

    def idle(part: Part, name: str) -> Counting:
        return lambda read: queries.without_next_step(session, read, part, name)

    deals, leads, tasks, activities = table.figures
    asked: list[tuple[str, FigureName, tuple[str, ...], Counting]] = [
        ("deals_without_next_step", deals, (), idle(Part.STANDING, "deal_id")),
        ("deals_overdue", deals, ("deal.expected_close_date",), late(Part.DUE)),
        ("deals_stale", deals, ("deal.stage_id",), stale),
        ("leads_without_next_step", leads, (), idle(Part.LEAD_STAY, "lead_id")),
        ("tasks_overdue", tasks, ("task.due_at",), late(Part.TASK_PLANNED)),
        ("activities_overdue", activities, ("activity.due_at",), late(Part.ACTIVITY_PLANNED)),
    ]
    rows = []
    for name, figure, tells, count in asked:
        read = await _read(answers, figure)
        found: Lack | str = read if isinstance(read, str) else "hidden"
        if isinstance(read, Read) and not any(
            is_hidden(one, answers.asked.hidden) for one in tells
        ):
            found = await count(read)
        rows.append(Row(name, say("process", name, answers.asked.language), _cells(found)))
    label = say("process", "duplicates", answers.asked.language)
    rows.append(Row("duplicates", label, _cells(await _alike(answers))))
    return _table(answers, table, "step", "standing", rows)


async def _alike(answers: Answers) -> Lack | str:
    # contacts counts them over the whole company: nobody's part of it is told
    if answers.asked.around.access.scope is not Scope.ALL:
        return "not_allowed"
    return await queries.alike(answers.session) or "not_told"


async def features(answers: Answers, table: TableOf) -> Table:
    """Return how many events each part of the CRM told in 90 days: of the whole company."""
    language, around = answers.asked.language, answers.asked.around
    title, rows_are = table.title[language], say("says", "feature", language)
    if around.access.scope is not Scope.ALL:
        return Table(table.id, title, rows_are, [], [], reason="not_allowed")
    told = await queries.events_since(answers.session, around.now - LATELY)
    columns = [
        Column("events", say("says", "events", language), Unit.COUNT),
        Column("is_used", say("says", "is_used", language), TEXT),
    ]
    ordered = sorted(known_features(), key=lambda name: -told.get(name, 0))
    rows = [
        Row(
            name,
            say("features", name, language),
            {
                "events": Cell(str(told.get(name, 0))),
                "is_used": Cell(say("says", "yes" if told.get(name) else "no", language)),
            },
        )
        for name in ordered
    ]
    return Table(table.id, title, rows_are, columns, rows)


async def _read(answers: Answers, figure: FigureName) -> Read | str:
    """Return scope and filters as the figure is asked with, or why it may not be told."""
    found = await answers.of(figure)
    return found if isinstance(found, str) else read_of(found.ask)


def _added(stages_: Mapping[UUID, Mapping[str, Lack]]) -> Mapping[str, Lack]:
    return {
        name: Lack(
            sum(one[name].n for one in stages_.values()),
            sum(one[name].without for one in stages_.values()),
        )
        for name in OF_DEALS
    }


def _fields(
    answers: Answers, noun: str, names: tuple[str, ...], found: Mapping[str, Lack] | str
) -> list[Row]:
    language, hidden = answers.asked.language, answers.asked.hidden
    rows = []
    for name in names:
        shut = ("company_id", "contact_id") if name == "customer" else (name,)
        is_shut = any(is_hidden(f"{noun}.{one}", hidden) for one in shut)
        lack = "hidden" if is_shut else found if isinstance(found, str) else found[name]
        label = f"{say('nouns', noun, language)}: {say('fields', name, language)}"
        rows.append(Row(f"{noun}.{name}", label, _cells(lack)))
    return rows


def _cells(found: Lack | str) -> dict[str, Cell]:
    if isinstance(found, str):
        return {name: Cell(None, found) for name in ("n", "without", "share")}
    share = Cell(None, "no_denominator")
    if found.n:
        share = Cell(f"{Decimal(found.without) * HUNDRED / found.n:.2f}")
    return {"n": Cell(str(found.n)), "without": Cell(str(found.without)), "share": share}


def _table(answers: Answers, table: TableOf, rows_are: str, counted: str, rows: list[Row]) -> Table:
    language = answers.asked.language
    columns = [
        Column("n", say("says", "of_all", language), Unit.COUNT),
        Column("without", say("says", counted, language), Unit.COUNT),
        Column("share", say("says", "part_of_all", language), Unit.PERCENT),
    ]
    title = table.title[language]
    return Table(
        table.id, title, say("says", rows_are, language), columns, rows, picture=table.picture
    )
