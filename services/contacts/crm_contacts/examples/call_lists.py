"""Examples of what is said of call lists."""

from crm_contacts.events import call_lists as events
from crm_contacts.examples.base import CONTACT, DAY, SELLER, TEAM, example_id, said
from crm_shared.events.envelope import Event

LIST = events.CallListFacts(
    noun="contact",
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
IN_HAND = {"status": "taken", "taken_by": SELLER}
ANSWERED = {"status": "answered", "attempts": 1, "last_result": "answered"}
REFUSED = {"status": "excluded", "excluded_for": "do_not_call"}
LEAD = events.CallListEntryFactsV2(
    call_list_id=example_id(92),
    noun="lead",
    contact_id=None,
    company_id=None,
    lead_id=example_id(94),
    status="waiting",
    attempts=0,
    next_at=DAY,
    taken_by=None,
    last_result=None,
    excluded_for=None,
)
TAKEN, LEAD_TAKEN = (one.model_copy(update=IN_HAND) for one in (ENTRY, LEAD))
DONE, LEAD_DONE = (one.model_copy(update=ANSWERED) for one in (ENTRY, LEAD))
OUT, LEAD_OUT = (one.model_copy(update=REFUSED) for one in (ENTRY, LEAD))

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
    events.CallListEntryAddedV2(**said({"call_list_entry": LEAD})),
    events.CallListEntryTakenV2(
        **said({"call_list_entry": LEAD_TAKEN}, ["status", "taken_by"], {"status": "waiting"})
    ),
    events.CallListEntryReleasedV2(
        **said({"call_list_entry": LEAD}, ["status", "taken_by"], {"status": "taken"})
    ),
    events.CallListEntryLoggedV2(
        **said({"call_list_entry": LEAD_DONE}, ["status", "attempts"], {"status": "taken"}),
        result="answered",
        caller_id=SELLER,
        activity_id=example_id(93),
    ),
    events.CallListEntryExcludedV2(
        **said({"call_list_entry": LEAD_OUT}, ["status", "excluded_for"], {"status": "waiting"})
    ),
]
