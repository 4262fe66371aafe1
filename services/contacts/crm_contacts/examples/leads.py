"""Examples of what is said of leads and web forms."""

from decimal import Decimal
from typing import Any

from crm_contacts import events
from crm_contacts.examples.base import (
    COMPANY,
    CONTACT,
    DAY,
    DEAL,
    FORM,
    HEAD,
    PIPELINE,
    SELLER,
    TEAM,
    said,
)
from crm_shared.events.envelope import Event

LEAD_FACTS = events.LeadFacts(
    owner_id=SELLER,
    team_id=TEAM,
    client_class="A",
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
    tags=["exhibition"],
    custom_fields={"budget": "5000"},
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

EXAMPLES: list[Event] = [
    events.LeadCreated(**said({"lead": _lead("new", first_responded_at=None)}), by_letter=False),
    events.LeadUpdated(**said({"lead": LEAD_FACTS}, ["source"], {"source": None})),
    events.LeadErased(**said({"lead": LEAD_FACTS}, ["deleted_at"])),
    events.LeadDeleted(**said({"lead": LEAD_FACTS}, ["deleted_at"])),
    events.LeadRestored(**said({"lead": LEAD_FACTS}, ["deleted_at"])),
    events.LeadAssigned(**said({"lead": LEAD_FACTS}, ["owner_id"], {"owner_id": HEAD})),
    events.LeadResponded(
        **said(
            {"lead": LEAD_FACTS},
            ["status", "first_responded_at"],
            {"status": "new", "first_responded_at": None},
        )
    ),
    events.LeadConfirmed(
        **said(
            {"lead": LEAD_FACTS},
            ["awaits_confirmation", "confirmed_at", "score"],
            {"awaits_confirmation": True, "score": 50},
        )
    ),
    events.LeadQualified(
        **said({"lead": _lead("qualified")}, ["status", "qualified_at"], {"status": "working"})
    ),
    events.LeadDisqualified(
        **said(
            {"lead": _lead("disqualified", disqualify_reason="no_need")},
            ["status", "disqualified_at", "disqualify_reason"],
            {"status": "working", "disqualify_reason": None},
        )
    ),
    events.LeadReopened(
        **said(
            {"lead": LEAD_FACTS},
            ["status", "disqualified_at", "disqualify_reason"],
            {"status": "disqualified", "disqualify_reason": "no_need"},
        )
    ),
    events.LeadOverdue(**said({"lead": _lead("new", first_responded_at=None)}, ["overdue_at"])),
    events.LeadUnassigned(
        **said({"lead": _lead("new", owner_id=None, first_responded_at=None)}, ["unassigned_at"])
    ),
    events.LeadConverted(
        **said(
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
    events.LeadFormCreated(**said({"lead_form": FORM_FACTS})),
    events.LeadFormUpdated(**said({"lead_form": FORM_FACTS}, ["is_active"], {"is_active": False})),
    events.LeadFormDeleted(**said({"lead_form": FORM_FACTS}, ["deleted_at"])),
]
