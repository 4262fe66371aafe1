"""Examples of what is said of erasures."""

from crm_contacts import events
from crm_contacts.examples.base import CONTACT, DAY, HEAD, said
from crm_shared.events.envelope import Event

PLANNED = events.ErasureFacts(
    contact_id=CONTACT,
    lead_id=None,
    state="planned",
    requested_by=HEAD,
    confirmed_by=None,
    completed_at=None,
)


def _now(state: str, **more: object) -> events.ErasureFacts:
    return PLANNED.model_copy(update={"state": state, **more})


EXAMPLES: list[Event] = [
    events.ErasureRequested(**said({"erasure": PLANNED})),
    events.ErasureConfirmed(**said({"erasure": _now("running", confirmed_by=HEAD)}, ["state"])),
    events.ErasureWithdrawn(**said({"erasure": _now("withdrawn")}, ["state"])),
    events.ErasureCompleted(
        **said(
            {"erasure": _now("completed", confirmed_by=HEAD, completed_at=DAY)},
            ["state", "completed_at"],
        )
    ),
]
