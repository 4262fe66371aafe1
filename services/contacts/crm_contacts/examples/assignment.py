"""Examples of what is said of assignment rules and hand-overs."""

from crm_contacts import events
from crm_contacts.examples.base import DAY, HEAD, SELLER, TEAM, said
from crm_shared.events.envelope import Event

RULE_FACTS = events.AssignmentRuleFacts(
    noun="lead",
    how="least_busy",
    user_ids=[SELLER],
    team_ids=[TEAM],
    per_user=40,
    per_team=None,
    is_active=True,
    on_bulk=False,
    priority=0,
)
STARTED = events.HandOverFacts(
    user_id=SELLER,
    owner_ids=[HEAD],
    nouns=["contact", "task", "deal"],
    include_closed=False,
    status="running",
    finished_at=None,
)
STOPPED = STARTED.model_copy(update={"status": "stopped", "finished_at": DAY})
FINISHED = STARTED.model_copy(update={"status": "done", "finished_at": DAY})

EXAMPLES: list[Event] = [
    events.AssignmentRuleCreated(**said({"assignment_rule": RULE_FACTS})),
    events.AssignmentRuleUpdated(
        **said({"assignment_rule": RULE_FACTS}, ["per_user"], {"per_user": None})
    ),
    events.AssignmentRuleDeleted(**said({"assignment_rule": RULE_FACTS}, ["deleted_at"])),
    events.HandOverStarted(**said({"hand_over": STARTED})),
    events.HandOverStopped(
        **said({"hand_over": STOPPED}, ["status", "finished_at"], {"status": "running"}),
        moved={"contact": 200},
    ),
    events.HandOverFinished(
        **said({"hand_over": FINISHED}, ["status", "finished_at"], {"status": "running"}),
        moved={"contact": 120, "task": 31},
    ),
]
