"""Examples of what is said of validations."""

from crm_contacts import events
from crm_contacts.examples.base import said
from crm_shared.events.envelope import Event

VALIDATION = events.ValidationFacts(
    noun="lead",
    on=["outcome"],
    stages=[],
    outcomes=["converted"],
    fields=[],
    on_import=True,
    is_active=True,
)

EXAMPLES: list[Event] = [
    events.ValidationCreated(**said({"validation": VALIDATION})),
    events.ValidationUpdated(
        **said({"validation": VALIDATION}, ["is_active"], {"is_active": False})
    ),
    events.ValidationDeleted(**said({"validation": VALIDATION}, ["deleted_at"])),
]
