"""Examples of what is said of tasks and their rules."""

from crm_contacts import events
from crm_contacts.examples.base import (
    CONTACT,
    DAY,
    DEAL,
    EVENT,
    HEAD,
    RULE,
    SELLER,
    TEAM,
    example_id,
    said,
)
from crm_shared.events.envelope import Event


def _task(status: str) -> events.TaskFacts:
    return events.TaskFacts(
        owner_id=SELLER,
        team_id=TEAM,
        assignee_id=SELLER,
        kind="call",
        status=status,
        due_at=DAY,
        deal_id=DEAL,
        contact_id=CONTACT,
        lead_id=None,
        rule_id=RULE,
        rule_version=3,
        source_event_id=EVENT,
        source_revision=7,
    )


RULE_FACTS = events.TaskRuleFacts(
    event_type="crm.deals.deal.stage_changed.v1",
    is_active=True,
    active_from=DAY,
    on_bulk=False,
    priority=0,
    close_open_tasks_of_left_stage=True,
)

EXAMPLES: list[Event] = [
    events.TaskCreated(**said({"task": _task("open")})),
    events.TaskUpdated(**said({"task": _task("open")}, ["due_at"], {"due_at": None})),
    events.TaskCompleted(
        **said({"task": _task("done")}, ["status", "completed_at"], {"status": "open"})
    ),
    events.TaskCancelled(
        **said({"task": _task("cancelled")}, ["status", "cancelled_at"], {"status": "open"})
    ),
    events.TaskReminded(**said({"task": _task("open")}), minutes_before=15),
    events.TaskEscalated(
        **said({"task": _task("open")}, ["escalated_at", "escalated_to_id"]), escalated_to_id=HEAD
    ),
    events.TaskCallBackOverdue(
        **said({"task": _task("open").model_copy(update={"kind": "call_back"})}),
        call_id=example_id(85),
        escalated_to_id=HEAD,
    ),
    events.TaskRuleCreated(**said({"task_rule": RULE_FACTS})),
    events.TaskRuleUpdated(**said({"task_rule": RULE_FACTS}, ["is_active"], {"is_active": False})),
    events.TaskRuleDeleted(**said({"task_rule": RULE_FACTS}, ["deleted_at"])),
]
