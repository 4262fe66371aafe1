"""Examples of what is said of scripts."""

from crm_contacts import events
from crm_contacts.examples.base import DEAL, RULE, said
from crm_shared.events.envelope import Event

SCRIPT = events.ScriptFacts(noun="deal", status=None, is_active=True, priority=0)
RUN = events.ScriptRunFacts(
    script_id=RULE, script_version=2, noun="deal", record_id=DEAL, step="invoice", finished_at=None
)

EXAMPLES: list[Event] = [
    events.ScriptCreated(**said({"script": SCRIPT})),
    events.ScriptUpdated(**said({"script": SCRIPT}, ["steps"])),
    events.ScriptDeleted(**said({"script": SCRIPT}, ["deleted_at"])),
    events.ScriptStepCompleted(
        **said({"script_run": RUN}, ["step"], {"step": "needs"}), step="needs", answer="yes"
    ),
]
