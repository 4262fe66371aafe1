"""What contacts does when the deals service speaks: the tasks that its rules ask for."""

from collections.abc import Sequence
from typing import Any
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncSession

from crm_contacts.events import TaskCreated
from crm_contacts.task_rules import queries as rule_queries
from crm_contacts.task_rules.fields import READABLE, Deal, Stage
from crm_contacts.task_rules.models import TaskRule
from crm_contacts.task_rules.rules import DealMove, People, assignee_of, due_at, title_of
from crm_contacts.task_rules.statements import mark_deals
from crm_contacts.tasks import queries as task_queries
from crm_contacts.tasks.models import Task
from crm_contacts.tasks.statements import add_tasks, cancel_tasks, row_of
from crm_contacts.tasks.use_cases import cancelled, facts_of, new_task
from crm_contacts.teams.queries import heads
from crm_contacts.users.queries import colleagues
from crm_shared.clock import utc_now
from crm_shared.events.consumer import caused_by
from crm_shared.events.envelope import Envelope, ForeignEvent
from crm_shared.events.outbox import entry_values, write_entries
from crm_shared.events.rules import Match, RuleBook, Run, log_runs


class DealStageChanged(ForeignEvent, type="crm.deals.deal.stage_changed.v1"):
    """A deal entered a stage from another."""

    deal: Deal
    from_stage: Stage
    to_stage: Stage
    reopened: bool = False


class DealCreated(ForeignEvent, type="crm.deals.deal.created.v1"):
    """A deal entered its first stage."""

    deal: Deal


BOOK = RuleBook(TaskRule, READABLE)


async def ask_for_tasks(session: AsyncSession, batch: Sequence[Envelope[Any]]) -> None:
    """Make the tasks that rules ask for, and call off those of stages that were left."""
    matches = await BOOK.matching(session, batch)
    closing = await rule_queries.closing_rules(session)
    marks: dict[UUID, int] = {}
    if closing:
        marks = await mark_deals(session, _newest_moves(batch))
    due = [match for match in matches if not _is_late(match, marks)]
    await _make(session, due)
    if marks:
        await _call_off(session, batch, closing, marks)
    await log_runs(session, [_run(match, is_late=_is_late(match, marks)) for match in matches])


async def those_that_matter(
    session: AsyncSession, batch: Sequence[Envelope[Any]]
) -> Sequence[Envelope[Any]]:
    """Pick events that a rule waits for, or that leave a stage which a rule tidies up."""
    if await rule_queries.closing_rules(session):
        return batch
    wanted = {match.envelope.id for match in await BOOK.matching(session, batch)}
    return [envelope for envelope in batch if envelope.id in wanted]


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
    elif not rule.tasks:
        reason = "the rule asks for no tasks"
    return Run(rule.id, rule.revision, match.envelope, "skipped" if reason else "done", reason)


async def _make(session: AsyncSession, matches: Sequence[Match[TaskRule]]) -> None:
    people = await _people(session, matches)
    tasks, entries = [], []
    for match in matches:
        with caused_by(match.envelope):
            for index, template in enumerate(match.rule.tasks):
                task = _task(match, index, template, people)
                event = TaskCreated(task=facts_of(task), changed=[], previous={})
                entries.append(entry_values(event, aggregate_id=task.id, revision=1))
                tasks.append(row_of(task))
    await add_tasks(session, tasks, entries)


def _task(match: Match[TaskRule], index: int, template: dict[str, Any], people: People) -> Task:
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
            "due_at": due_at(template, move.at),
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
    teams = sorted({deal.team_id for deal in deals if deal.team_id})
    team_heads = await heads(session, teams)
    wanted = {deal.owner_id for deal in deals} | set(team_heads.values())
    for match in matches:
        named = {template["assignee"] for template in match.rule.tasks}
        wanted |= {UUID(one) for one in named - {"owner", "team_head"}}
    known = await colleagues(session, sorted(one for one in wanted if one is not None))
    return People(
        heads=team_heads,
        languages={user_id: user.language for user_id, user in known.items()},
        inactive=frozenset(one for one, user in known.items() if not user.is_active),
    )


async def _call_off(
    session: AsyncSession,
    batch: Sequence[Envelope[Any]],
    closing: set[UUID],
    marks: dict[UUID, int],
) -> None:
    waiting = await task_queries.hold_open_tasks(session, rule_ids=closing, deal_ids=set(marks))
    left = [task for task in waiting if _is_left_behind(task, marks)]
    if not left:
        return
    causes: dict[UUID | None, Envelope[Any]] = {
        envelope.subject: envelope for envelope in sorted(batch, key=lambda one: one.revision)
    }
    now = utc_now()
    entries = []
    for task in left:
        session.expunge(task)
        task.cancel(at=now)
        with caused_by(causes[task.deal_id]):
            event = cancelled(task)
            entries.append(entry_values(event, aggregate_id=task.id, revision=task.revision + 1))
    await cancel_tasks(session, [task.id for task in left], at=now)
    await write_entries(session, entries)


def _is_left_behind(task: Task, marks: dict[UUID, int]) -> bool:
    if task.deal_id is None or task.source_revision is None:
        return False
    return task.source_revision < marks[task.deal_id]
