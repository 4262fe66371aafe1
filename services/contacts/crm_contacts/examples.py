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
FORM, PIPELINE = _id(82), _id(52)
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

LEAD_FACTS = events.LeadFacts(
    owner_id=SELLER,
    team_id=TEAM,
    status="working",
    source="landing page",
    channel="web",
    labels={"campaign": "spring", "utm_source": "google"},
    form_id=FORM,
    score=65,
    respond_by=DAY,
    first_responded_at=DAY,
    disqualify_reason=None,
    contact_id=None,
    company_id=None,
    deal_id=None,
    has_email=True,
    has_phone=True,
    awaits_confirmation=False,
)


def _lead(status: str, **values: Any) -> events.LeadFacts:
    return LEAD_FACTS.model_copy(update={"status": status, **values})


BECAME: dict[str, Any] = {"contact_id": CONTACT, "company_id": COMPANY, "deal_id": DEAL}
FORM_FACTS = events.LeadFormFacts(
    is_active=True,
    owner_id=SELLER,
    team_id=TEAM,
    source="landing page",
    channel="web",
    double_opt_in=True,
)


ACTIVITY_FACTS = events.ActivityFacts(
    owner_id=SELLER,
    team_id=TEAM,
    assignee_id=SELLER,
    kind="call",
    status="planned",
    direction="outbound",
    due_at=DAY,
    started_at=None,
    completed_at=None,
    missed_at=None,
    duration_s=None,
    outcome=None,
    is_promise=True,
    channel="phone",
    agreed_at=DAY,
    reschedules=0,
    contact_id=CONTACT,
    company_id=COMPANY,
    deal_id=DEAL,
    lead_id=None,
    contact_ids=[CONTACT],
    user_ids=[SELLER],
    series_id=None,
    occurrence=1,
)
CALL_FACTS = events.CallFacts(
    owner_id=SELLER,
    team_id=TEAM,
    direction="inbound",
    answered=False,
    started_at=DAY,
    duration_s=0,
    is_internal=False,
    has_recording=False,
    contact_id=CONTACT,
    company_id=COMPANY,
    deal_id=None,
    callback_task_id=_id(81),
    repeats_call_id=None,
)
NOTE_FACTS = events.NoteFacts(
    owner_id=SELLER,
    team_id=TEAM,
    author_id=SELLER,
    contact_id=CONTACT,
    company_id=None,
    deal_id=None,
    is_pinned=False,
)


def _activity(status: str, **facts: Any) -> dict[str, Any]:
    return {"activity": ACTIVITY_FACTS.model_copy(update={"status": status, **facts})}


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
    events.LeadCreated(**_said({"lead": _lead("new", first_responded_at=None)})),
    events.LeadUpdated(**_said({"lead": LEAD_FACTS}, ["source"], {"source": None})),
    events.LeadDeleted(**_said({"lead": LEAD_FACTS}, ["deleted_at"])),
    events.LeadRestored(**_said({"lead": LEAD_FACTS}, ["deleted_at"])),
    events.LeadAssigned(**_said({"lead": LEAD_FACTS}, ["owner_id"], {"owner_id": HEAD})),
    events.LeadResponded(
        **_said(
            {"lead": LEAD_FACTS},
            ["status", "first_responded_at"],
            {"status": "new", "first_responded_at": None},
        )
    ),
    events.LeadConfirmed(
        **_said(
            {"lead": LEAD_FACTS},
            ["awaits_confirmation", "confirmed_at", "score"],
            {"awaits_confirmation": True, "score": 50},
        )
    ),
    events.LeadQualified(
        **_said({"lead": _lead("qualified")}, ["status", "qualified_at"], {"status": "working"})
    ),
    events.LeadDisqualified(
        **_said(
            {"lead": _lead("disqualified", disqualify_reason="no_need")},
            ["status", "disqualified_at", "disqualify_reason"],
            {"status": "working", "disqualify_reason": None},
        )
    ),
    events.LeadReopened(
        **_said(
            {"lead": LEAD_FACTS},
            ["status", "disqualified_at", "disqualify_reason"],
            {"status": "disqualified", "disqualify_reason": "no_need"},
        )
    ),
    events.LeadOverdue(**_said({"lead": _lead("new", first_responded_at=None)}, ["overdue_at"])),
    events.LeadUnassigned(
        **_said({"lead": _lead("new", owner_id=None, first_responded_at=None)}, ["unassigned_at"])
    ),
    events.LeadConverted(
        **_said(
            {"lead": _lead("converted", **BECAME)},
            ["status", "converted_at", *BECAME],
            {"status": "qualified", **dict.fromkeys(BECAME)},
        ),
        **BECAME,
        pipeline_id=PIPELINE,
        amount=Decimal("12500.00"),
        currency="UAH",
        owner_id=SELLER,
        team_id=TEAM,
        source="landing page",
        channel="web",
    ),
    events.LeadFormCreated(**_said({"lead_form": FORM_FACTS})),
    events.LeadFormUpdated(**_said({"lead_form": FORM_FACTS}, ["is_active"], {"is_active": False})),
    events.LeadFormDeleted(**_said({"lead_form": FORM_FACTS}, ["deleted_at"])),
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
    events.ActivityCreated(**_said(_activity("planned"))),
    events.ActivityUpdated(**_said(_activity("planned"), ["subject"])),
    events.ActivityRescheduled(
        **_said(_activity("planned", reschedules=1), ["due_at", "reschedules"], {"reschedules": 0})
    ),
    events.ActivityCompleted(
        **_said(
            _activity("done", completed_at=DAY, duration_s=300, outcome="agreed"),
            ["status", "completed_at", "duration_s", "outcome"],
            {"status": "planned"},
        )
    ),
    events.ActivityMissed(
        **_said(_activity("missed", missed_at=DAY), ["status", "missed_at"], {"status": "planned"})
    ),
    events.ActivityCancelled(
        **_said(_activity("cancelled"), ["status", "cancelled_at"], {"status": "planned"})
    ),
    events.ActivityReopened(
        **_said(_activity("planned"), ["status", "missed_at"], {"status": "missed"})
    ),
    events.CallLogged(**_said({"call": CALL_FACTS})),
    events.CallUpdated(**_said({"call": CALL_FACTS}, ["answered"], {"answered": None})),
    events.NoteCreated(**_said({"note": NOTE_FACTS})),
    events.NoteUpdated(**_said({"note": NOTE_FACTS}, ["text"])),
    events.NoteDeleted(**_said({"note": NOTE_FACTS}, ["deleted_at"])),
]
