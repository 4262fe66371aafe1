"""Examples of what is said of cases, queues and feedback."""

from datetime import timedelta

from crm_contacts import events
from crm_contacts.events.cases import ClientFeedbackFacts
from crm_contacts.examples.base import (
    COMPANY,
    CONTACT,
    DAY,
    DEAL,
    HEAD,
    SELLER,
    TEAM,
    example_id,
    said,
)
from crm_shared.events.envelope import Event

CASE, QUEUE = example_id(91), example_id(92)
FACTS = events.CaseFacts(
    number=42,
    channel="email",
    topic="delivery",
    contact_id=CONTACT,
    company_id=COMPANY,
    deal_id=None,
    queue_id=QUEUE,
    owner_id=SELLER,
    team_id=TEAM,
    priority="high",
    status="open",
    clock_started_at=DAY,
    waiting_since=None,
    waited_s=0,
    first_responded_at=None,
    first_response_due_at=DAY + timedelta(hours=1),
    first_response_breached_at=None,
    solution_due_at=DAY + timedelta(hours=8),
    solution_breached_at=None,
    solved_at=None,
    solved_by_id=None,
    closed_at=None,
    outcome=None,
    reopened_count=0,
    merged_into_id=None,
    escalated_to_id=None,
    tags=["delivery"],
    custom_fields={"serial": 17},
)
DONE = FACTS.model_copy(
    update={
        "status": "solved",
        "first_responded_at": DAY + timedelta(minutes=12),
        "solved_at": DAY + timedelta(hours=3),
        "solved_by_id": SELLER,
        "outcome": "success",
    }
)
LATE = FACTS.model_copy(
    update={
        "first_response_breached_at": DAY + timedelta(hours=1),
        "escalated_to_id": HEAD,
    }
)
COMMENT = events.CommentFacts(
    id=example_id(93), is_public=True, by_customer=True, is_automatic=False
)
QUEUE_FACTS = events.CaseQueueFacts(
    team_id=TEAM,
    is_active=True,
    limits={"high": {"first_response_s": 3600, "solution_s": 28800}},
)
ASKED = events.FeedbackFacts(
    case_id=CASE,
    contact_id=CONTACT,
    company_id=COMPANY,
    owner_id=SELLER,
    team_id=TEAM,
    scale="csat",
    score=None,
    submitted_at=None,
)
ANSWERED = ASKED.model_copy(update={"score": 5, "submitted_at": DAY})
ASKED_CLIENT = ClientFeedbackFacts(**{**ASKED.model_dump(exclude={"case_id"}), "deal_id": DEAL})
ANSWERED_CLIENT = ASKED_CLIENT.model_copy(update={"score": 2, "submitted_at": DAY})
LIMIT = {"limit": "first_response", "due_at": DAY + timedelta(hours=1)}

EXAMPLES: list[Event] = [
    events.CaseCreated(**said({"case": FACTS})),
    events.CaseUpdated(**said({"case": FACTS}, ["priority"], {"priority": "normal"})),
    events.CaseDeleted(**said({"case": FACTS}, ["deleted_at"])),
    events.CaseRestored(**said({"case": FACTS}, ["deleted_at"])),
    events.CaseAssigned(**said({"case": FACTS}, ["owner_id"], {"owner_id": None})),
    events.CaseCommented(**said({"case": FACTS, "comment": COMMENT})),
    events.CaseFirstResponded(**said({"case": DONE, "worked_s": 720}, ["first_responded_at"], {})),
    events.CaseWaiting(**said({"case": FACTS}, ["status", "waiting_since"], {"status": "open"})),
    events.CaseResumed(**said({"case": FACTS}, ["status"], {"status": "waiting"})),
    events.CaseSolved(**said({"case": DONE}, ["status", "solved_at"], {"status": "open"})),
    events.CaseClosed(**said({"case": DONE}, ["status", "closed_at"], {"status": "solved"})),
    events.CaseReopened(**said({"case": FACTS}, ["status"], {"status": "solved"})),
    events.CaseMerged(
        **said({"case": FACTS, "survivor_id": example_id(94)}, ["status"], {"status": "open"})
    ),
    events.CaseUnmerged(**said({"case": FACTS}, ["status"], {"status": "merged"})),
    events.CaseLimitWarned(**said({"case": FACTS, **LIMIT}, ["first_response_warned_at"])),
    events.CaseLimitBreached(**said({"case": LATE, **LIMIT}, ["first_response_breached_at"])),
    events.CaseQueueCreated(**said({"case_queue": QUEUE_FACTS})),
    events.CaseQueueUpdated(**said({"case_queue": QUEUE_FACTS}, ["limits"])),
    events.CaseQueueDeleted(**said({"case_queue": QUEUE_FACTS}, ["deleted_at"])),
    events.FeedbackRequested(**said({"feedback": ASKED})),
    events.FeedbackSubmitted(**said({"feedback": ANSWERED}, ["score"], {"score": None})),
    events.FeedbackAsked(**said({"feedback": ASKED_CLIENT})),
    events.FeedbackAnswered(**said({"feedback": ANSWERED_CLIENT}, ["score"], {"score": None})),
]
