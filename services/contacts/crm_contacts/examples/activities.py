"""Examples of what is said of activities, calls and notes."""

from typing import Any

from crm_contacts import events
from crm_contacts.events.activities import CallMarked
from crm_contacts.examples.base import COMPANY, CONTACT, DAY, DEAL, SELLER, TEAM, example_id, said
from crm_shared.events.envelope import Event

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
    lead_id=None,
    callback_task_id=example_id(81),
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
    mentioned_ids=[],
)


def _activity(status: str, **facts: Any) -> dict[str, Any]:
    return {"activity": ACTIVITY_FACTS.model_copy(update={"status": status, **facts})}


EXAMPLES: list[Event] = [
    events.ActivityCreated(**said(_activity("planned"))),
    events.ActivityUpdated(**said(_activity("planned"), ["subject"])),
    events.ActivityReminded(**said(_activity("planned")), minutes_before=60),
    events.ActivityRescheduled(
        **said(_activity("planned", reschedules=1), ["due_at", "reschedules"], {"reschedules": 0})
    ),
    events.ActivityCompleted(
        **said(
            _activity("done", completed_at=DAY, duration_s=300, outcome="agreed"),
            ["status", "completed_at", "duration_s", "outcome"],
            {"status": "planned"},
        )
    ),
    events.ActivityMissed(
        **said(_activity("missed", missed_at=DAY), ["status", "missed_at"], {"status": "planned"})
    ),
    events.ActivityCancelled(
        **said(_activity("cancelled"), ["status", "cancelled_at"], {"status": "planned"})
    ),
    events.ActivityReopened(
        **said(_activity("planned"), ["status", "missed_at"], {"status": "missed"})
    ),
    events.CallLogged(**said({"call": CALL_FACTS})),
    events.CallRequested(**said({"call": CALL_FACTS})),
    CallMarked(
        **said({"call": CALL_FACTS.model_copy(update={"mark": 4})}, ["mark"], {"mark": None})
    ),
    events.CallUpdated(**said({"call": CALL_FACTS}, ["answered"], {"answered": None})),
    events.NoteCreated(**said({"note": NOTE_FACTS})),
    events.NoteUpdated(**said({"note": NOTE_FACTS}, ["text"])),
    events.NoteDeleted(**said({"note": NOTE_FACTS}, ["deleted_at"])),
]
