"""One example of every published event: they feed contracts/ and docs/events.md."""

from collections.abc import Sequence
from datetime import UTC, datetime
from decimal import Decimal
from typing import Any
from uuid import UUID

from crm_contacts import events
from crm_shared.events.envelope import Event


def _id(number: int) -> UUID:
    return UUID(f"01920000-0000-7000-8000-{number:012d}")


SELLER, HEAD, TEAM, DIVISION = _id(11), _id(12), _id(21), _id(22)
COMPANY, HOLDING, CONTACT, DEAL = _id(31), _id(32), _id(41), _id(51)
RULE, EVENT = _id(61), _id(71)
DAY = datetime(2026, 3, 16, 9, 0, tzinfo=UTC)

USER = events.UserFacts(role="seller", team_ids=[TEAM], is_active=True, tokens_valid_from=None)
GONE = events.UserFacts(role="seller", team_ids=[TEAM], is_active=False, tokens_valid_from=DAY)
TEAM_FACTS = events.TeamFacts(head_id=HEAD, parent_id=DIVISION)
COMPANY_FACTS = events.CompanyFacts(
    owner_id=SELLER,
    team_id=TEAM,
    kinds=["customer"],
    sector="retail",
    country="Ukraine",
    employees=240,
    revenue=Decimal("18500000.0000"),
    parent_id=HOLDING,
    tags=["key"],
)
CONTACT_FACTS = events.ContactFacts(
    owner_id=SELLER,
    team_id=TEAM,
    company_id=COMPANY,
    source="exhibition",
    channel="phone",
    language="uk",
    has_email=True,
    has_phone=True,
    tags=["decides"],
)


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


def _said(
    facts: dict[str, Any], changed: Sequence[str] = (), previous: dict[str, Any] | None = None
) -> dict[str, Any]:
    return {**facts, "changed": list(changed), "previous": previous or {}}


EXAMPLES: list[Event] = [
    events.UserCreated(**_said({"user": USER})),
    events.UserUpdated(
        **_said({"user": GONE}, ["is_active", "tokens_valid_from"], {"is_active": True})
    ),
    events.TeamCreated(**_said({"team": TEAM_FACTS})),
    events.TeamUpdated(**_said({"team": TEAM_FACTS}, ["head_id"], {"head_id": None})),
    events.TeamDeleted(**_said({"team": TEAM_FACTS}, ["deleted_at"])),
    events.CompanyCreated(**_said({"company": COMPANY_FACTS})),
    events.CompanyUpdated(**_said({"company": COMPANY_FACTS}, ["sector"], {"sector": None})),
    events.CompanyDeleted(**_said({"company": COMPANY_FACTS}, ["deleted_at"])),
    events.CompanyRestored(**_said({"company": COMPANY_FACTS}, ["deleted_at"])),
    events.ContactCreated(**_said({"contact": CONTACT_FACTS})),
    events.ContactUpdated(
        **_said({"contact": CONTACT_FACTS}, ["last_name", "language"], {"language": None})
    ),
    events.ContactDeleted(**_said({"contact": CONTACT_FACTS}, ["deleted_at"])),
    events.ContactRestored(**_said({"contact": CONTACT_FACTS}, ["deleted_at"])),
    events.TaskCreated(**_said({"task": _task("open")})),
    events.TaskUpdated(**_said({"task": _task("open")}, ["due_at"], {"due_at": None})),
    events.TaskCompleted(
        **_said({"task": _task("done")}, ["status", "completed_at"], {"status": "open"})
    ),
    events.TaskCancelled(
        **_said({"task": _task("cancelled")}, ["status", "cancelled_at"], {"status": "open"})
    ),
    events.TaskRuleCreated(**_said({"task_rule": RULE_FACTS})),
    events.TaskRuleUpdated(**_said({"task_rule": RULE_FACTS}, ["is_active"], {"is_active": False})),
    events.TaskRuleDeleted(**_said({"task_rule": RULE_FACTS}, ["deleted_at"])),
]
