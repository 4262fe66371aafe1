"""What contacts does when the deals service speaks: the tasks that its rules ask for."""

from collections.abc import Sequence
from dataclasses import replace
from typing import Any
from uuid import UUID
from weakref import WeakKeyDictionary

from sqlalchemy.ext.asyncio import AsyncSession

from crm_contacts.events import TaskCreated
from crm_contacts.task_rules import queries
from crm_contacts.task_rules.fields import OF_DEALS, Deal, Stage
from crm_contacts.task_rules.models import TaskRule
from crm_contacts.task_rules.rules import (
    OWNER,
    TEAM_HEAD,
    DealMove,
    Happening,
    People,
    assignee_of,
    counts_working_time,
    due_at,
    title_of,
)
from crm_contacts.task_rules.statements import mark_deals, row_of, write_tasks
from crm_contacts.task_rules.use_cases import act
from crm_contacts.tasks.models import Task
from crm_contacts.tasks.queries import hold_open_tasks
from crm_contacts.tasks.statements import cancel_tasks
from crm_contacts.tasks.use_cases import cancelled, facts_of, new_task
from crm_contacts.workspace.queries import own_calendar
from crm_shared.clock import utc_now
from crm_shared.errors import ServiceError
from crm_shared.events.consumer import Retry, caused_by
from crm_shared.events.envelope import Envelope, ForeignEvent
from crm_shared.events.outbox import ChangedMeanwhileError, entry_values, write_entries
from crm_shared.events.rules import Match, RuleBook, Run
from crm_shared.nouns import known_fields
from crm_shared.working_time import WorkingCalendar


class DealStageChanged(ForeignEvent, type="crm.deals.deal.stage_changed.v1"):
    """A deal entered a stage from another."""

    deal: Deal
    from_stage: Stage
    to_stage: Stage
    reopened: bool = False


class DealCreated(ForeignEvent, type="crm.deals.deal.created.v1"):
    """A deal entered its first stage."""

    deal: Deal


BOOK = RuleBook(TaskRule, OF_DEALS, askable=known_fields.askable)
DECIDED = "contacts_task_rules_decided"
# whoever saves the same record is done by then
BUSY_S = 0.5
# by connection pool, as the book's own pages
_CLOSING: WeakKeyDictionary[object, tuple[tuple[int, int], set[UUID]]] = WeakKeyDictionary()


async def those_that_matter(
    session: AsyncSession, batch: Sequence[Envelope[Any]]
) -> Sequence[Envelope[Any]]:
    """Pick events that a rule waits for, or that leave a stage which a rule tidies up."""
    matches = await BOOK.matching(session, batch)
    closing = await _closing_rules(session)
    # the handler works on the same session: rules are read and matched once per batch
    session.info[DECIDED] = (matches, closing)
    # any move may leave a stage whose tasks a rule tidies up: then all of them matter
    if closing:
        return batch
    wanted = {match.envelope.id for match in matches}
    return [envelope for envelope in batch if envelope.id in wanted]


async def _closing_rules(session: AsyncSession) -> set[UUID]:
    pool, version = session.get_bind().engine.pool, await BOOK.version(session)
    known = _CLOSING.get(pool)
    if known is None or known[0] != version:
        # read again only when a rule changed: this is asked for every batch
        known = _CLOSING[pool] = (version, await queries.closing_rules(session))
    return known[1]


async def ask_for_tasks(session: AsyncSession, batch: Sequence[Envelope[Any]]) -> None:
    """Make the tasks that rules ask for, and call off those of stages that were left."""
    decided, closing = session.info.pop(DECIDED)
    fresh = {envelope.id for envelope in batch}
    matches = [match for match in decided if match.envelope.id in fresh]
    # first of all, and it locks: what another worker learns meanwhile is seen here
    marks = await mark_deals(session, _newest_moves(batch)) if closing else {}
    await _make(session, matches, marks)
    if marks:
        await _call_off(session, batch, closing, marks)


def _newest_moves(batch: Sequence[Envelope[Any]]) -> dict[UUID, int]:
    moves: dict[UUID, int] = {}
    for envelope in batch:
        if isinstance(envelope.data, DealStageChanged):
            moves[envelope.subject] = max(envelope.revision, moves.get(envelope.subject, 0))
    return moves


def _is_late(match: Match[TaskRule], marks: dict[UUID, int]) -> bool:
    """Tell whether the deal has left the stage already, by an event that overtook this one."""
    newest = marks.get(match.envelope.subject, 0)
    return match.rule.close_open_tasks_of_left_stage and newest > match.envelope.revision


def _run(match: Match[TaskRule], *, is_late: bool) -> Run:
    rule = match.rule
    reason = None
    if is_late:
        reason = "the deal has left the stage already"
    elif not rule.tasks and not rule.actions:
        reason = "the rule asks for no tasks"
    return Run(rule.id, rule.revision, match.envelope, "skipped" if reason else "done", reason)


async def _acted(session: AsyncSession, match: Match[TaskRule], run: Run) -> Run:
    """Take a rule's actions before its tasks are made; refused, it makes no tasks either."""
    rule, envelope = match.rule, match.envelope
    if run.outcome == "skipped" or not rule.actions:
        return run
    # redelivered: actions are not guarded by a unique key as tasks are
    if await queries.has_run(session, rule, envelope.id):
        return run
    deal: Deal = envelope.data.deal
    names = ("owner_id", "team_id", "contact_id", "company_id")
    told = {name: getattr(deal, name) for name in names}
    try:
        with caused_by(envelope):
            async with session.begin_nested():
                await act(session, rule, Happening(**told, deal_id=envelope.subject))
    except ChangedMeanwhileError as busy:
        # somebody saved the same record just now: half a second later the rule finds it as it is
        raise Retry(BUSY_S) from busy
    except ServiceError as refused:
        return replace(run, outcome="skipped", reason=refused.problem)
    return run


async def _make(
    session: AsyncSession, matches: Sequence[Match[TaskRule]], marks: dict[UUID, int]
) -> None:
    runs = [_run(match, is_late=_is_late(match, marks)) for match in matches]
    runs = [await _acted(session, match, run) for match, run in zip(matches, runs, strict=True)]
    due = [match for match, run in zip(matches, runs, strict=True) if run.outcome == "done"]
    people = await _people(session, due)
    needed = counts_working_time(template for match in due for template in match.rule.tasks)
    calendar = await own_calendar(session) if needed else None
    tasks, entries = [], []
    for match in due:
        with caused_by(match.envelope):
            for index, template in enumerate(match.rule.tasks):
                task = _task(match, index, template, people, calendar)
                event = TaskCreated(task=facts_of(task), changed=[], previous={})
                entries.append(entry_values(event, aggregate_id=task.id, revision=1))
                tasks.append(row_of(task))
    await write_tasks(session, tasks, entries, runs)


def _task(
    match: Match[TaskRule],
    index: int,
    template: dict[str, Any],
    people: People,
    calendar: WorkingCalendar | None,
) -> Task:
    envelope, rule = match.envelope, match.rule
    move = _move_of(envelope)
    assignee_id = assignee_of(template, move, people)
    language = None if assignee_id is None else people.languages.get(assignee_id)
    now = utc_now()
    return new_task(
        {
            "revision": 1,
            "updated_at": now,
            "title": title_of(template, language),
            "kind": template["kind"],
            "priority": template["priority"],
            "assignee_id": assignee_id,
            "team_id": move.team_id,
            "due_at": due_at(template, move.at, calendar),
            "deal_id": move.deal_id,
            "contact_id": move.contact_id,
            "company_id": move.company_id,
            "rule_id": rule.id,
            "rule_version": rule.revision,
            "source_event_id": move.event_id,
            "source_revision": move.revision,
            "template_index": index,
        },
        at=now,
    )


def _move_of(envelope: Envelope[Any]) -> DealMove:
    deal: Deal = envelope.data.deal
    return DealMove(
        deal_id=envelope.subject,
        revision=envelope.revision,
        event_id=envelope.id,
        at=envelope.time,
        owner_id=deal.owner_id,
        team_id=deal.team_id,
        contact_id=deal.contact_id,
        company_id=deal.company_id,
    )


async def _people(session: AsyncSession, matches: Sequence[Match[TaskRule]]) -> People:
    deals = [match.envelope.data.deal for match in matches]
    users = {deal.owner_id for deal in deals if deal.owner_id is not None}
    for match in matches:
        named = {template["assignee"] for template in match.rule.tasks}
        users |= {UUID(one) for one in named - {OWNER, TEAM_HEAD}}
    teams = {deal.team_id for deal in deals if deal.team_id is not None}
    return await queries.people(session, user_ids=users, team_ids=teams)


async def _call_off(
    session: AsyncSession,
    batch: Sequence[Envelope[Any]],
    closing: set[UUID],
    marks: dict[UUID, int],
) -> None:
    waiting = await hold_open_tasks(session, rule_ids=closing, deal_ids=set(marks))
    left = [task for task in waiting if _is_left_behind(task, marks)]
    if not left:
        return
    causes: dict[UUID | None, Envelope[Any]] = {
        envelope.subject: envelope for envelope in sorted(batch, key=lambda one: one.revision)
    }
    now = utc_now()
    entries = []
    for task in left:
        # written by one statement below: a flush would write each of them once more
        session.expunge(task)
        task.cancel(at=now)
        with caused_by(causes[task.deal_id]):
            event = cancelled(task)
            entries.append(entry_values(event, aggregate_id=task.id, revision=task.revision + 1))
    await cancel_tasks(session, [task.id for task in left], at=now)
    await write_entries(session, entries)


def _is_left_behind(task: Task, marks: dict[UUID, int]) -> bool:
    # made by hand, or about something else: no stage can leave it behind
    if task.deal_id is None or task.source_revision is None:
        return False
    return task.source_revision < marks[task.deal_id]
