"""Examples of what is said of call lists."""

from crm_contacts.events import call_lists as events
from crm_contacts.examples.base import CONTACT, DAY, SELLER, TEAM, example_id, said
from crm_shared.events.envelope import Event

LIST = events.CallListFacts(
    owner_id=SELLER,
    team_id=TEAM,
    segment_id=example_id(91),
    script_id=None,
    status="open",
    purpose="marketing",
    needs_consent=False,
    max_attempts=3,
    retry_after_minutes=120,
)
ENTRY = events.CallListEntryFacts(
    call_list_id=example_id(92),
    contact_id=CONTACT,
    status="waiting",
    attempts=0,
    next_at=DAY,
    taken_by=None,
    last_result=None,
    excluded_for=None,
)
TAKEN = ENTRY.model_copy(update={"status": "taken", "taken_by": SELLER})
DONE = ENTRY.model_copy(update={"status": "answered", "attempts": 1, "last_result": "answered"})
OUT = ENTRY.model_copy(update={"status": "excluded", "excluded_for": "do_not_call"})

EXAMPLES: list[Event] = [
    events.CallListCreated(**said({"call_list": LIST})),
    events.CallListUpdated(**said({"call_list": LIST}, ["status"], {"status": "paused"})),
    events.CallListDeleted(**said({"call_list": LIST}, ["deleted_at"])),
    events.CallListEntryAdded(**said({"call_list_entry": ENTRY})),
    events.CallListEntryTaken(
        **said({"call_list_entry": TAKEN}, ["status", "taken_by"], {"status": "waiting"})
    ),
    events.CallListEntryReleased(
        **said({"call_list_entry": ENTRY}, ["status", "taken_by"], {"status": "taken"})
    ),
    events.CallListEntryLogged(
        **said({"call_list_entry": DONE}, ["status", "attempts"], {"status": "taken"}),
        result="answered",
        caller_id=SELLER,
        activity_id=example_id(93),
    ),
    events.CallListEntryExcluded(
        **said({"call_list_entry": OUT}, ["status", "excluded_for"], {"status": "waiting"})
    ),
]
