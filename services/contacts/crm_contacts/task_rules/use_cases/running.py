"""One run of one rule on an event of this house: once, never in circles, written down."""

from typing import Any
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncSession

from crm_contacts.task_rules import queries
from crm_contacts.task_rules.models import TaskRule
from crm_contacts.task_rules.rules import (
    OWNER,
    TEAM_HEAD,
    DealMove,
    Happening,
    assignee_of,
    counts_working_time,
    due_at,
    title_of,
)
from crm_contacts.task_rules.use_cases.acting import act
from crm_contacts.tasks.use_cases import created, new_task
from crm_contacts.workspace.queries import own_calendar
from crm_shared.errors import ServiceError
from crm_shared.events import outbox
from crm_shared.events.envelope import Envelope
from crm_shared.events.outbox import ChangedMeanwhileError
from crm_shared.events.rules import Run, log_runs


async def run_rule(
    session: AsyncSession, rule: TaskRule, envelope: Envelope[Any], happening: Happening
) -> None:
    """Let a rule act on an event, tasks and all; the log keeps why it did nothing.

    Raises ChangedMeanwhileError when somebody changed the same record: to be tried again.
    """
    # checked before acting: actions are not undone by a log entry that is there already
    if await queries.has_run(session, rule, envelope.id):
        return
    reason = await _circle(session, rule, envelope)
    if reason is None:
        try:
            # a refusal takes the rule's own effects back, and not those of the rules before it
            async with session.begin_nested():
                await act(session, rule, happening)
                await _make_tasks(session, rule, envelope, happening)
        # not a refusal of the rule's: the consumer brings the event again in a moment
        except ChangedMeanwhileError:
            raise
        except ServiceError as refused:
            reason = refused.problem
    # in the same transaction as the effects: neither can be there without the other
    outcome = Run(rule.id, rule.revision, envelope, "skipped" if reason else "done", reason)
    await log_runs(session, [outcome])


async def _circle(session: AsyncSession, rule: TaskRule, envelope: Envelope[Any]) -> str | None:
    """Return why a rule may not act: it has acted on what led to this event."""
    chain = await queries.chain_of(session, envelope.causationid)
    if chain and await queries.ran_on_any(session, rule.id, chain):
        return "loop: the rule has acted on what led to this"
    return None


async def _make_tasks(
    session: AsyncSession, rule: TaskRule, envelope: Envelope[Any], happening: Happening
) -> None:
    if not rule.tasks:
        return
    named = {template["assignee"] for template in rule.tasks} - {OWNER, TEAM_HEAD}
    people = await queries.people(
        session,
        user_ids={*(UUID(one) for one in named), *filter(None, [happening.owner_id])},
        team_ids=[happening.team_id] if happening.team_id else [],
    )
    move = DealMove(
        deal_id=happening.deal_id or envelope.subject,
        revision=envelope.revision,
        event_id=envelope.id,
        at=envelope.time,
        owner_id=happening.owner_id,
        team_id=happening.team_id,
        contact_id=happening.contact_id,
        company_id=happening.company_id,
    )
    needed = counts_working_time(rule.tasks)
    calendar = await own_calendar(session) if needed else None
    for index, template in enumerate(rule.tasks):
        assignee_id = assignee_of(template, move, people)
        language = None if assignee_id is None else people.languages.get(assignee_id)
        task = new_task(
            {
                "title": title_of(template, language),
                "kind": template["kind"],
                "priority": template["priority"],
                "assignee_id": assignee_id,
                "team_id": happening.team_id,
                "due_at": due_at(template, envelope.time, calendar),
                **happening.about(),
                "rule_id": rule.id,
                "rule_version": rule.revision,
                "source_event_id": envelope.id,
                "template_index": index,
            }
        )
        session.add(task)
        await outbox.record(session, task, created(task))
