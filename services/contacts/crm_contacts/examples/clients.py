"""Examples of what is said of companies and contacts."""

from decimal import Decimal

from crm_contacts import events
from crm_contacts.examples.base import COMPANY, CONTACT, HOLDING, SELLER, TEAM, TWIN, said
from crm_shared.events.envelope import Event

COMPANY_FACTS = events.CompanyFacts(
    owner_id=SELLER,
    team_id=TEAM,
    client_class="A",
    kinds=["customer"],
    sector="retail",
    country="Ukraine",
    employees=240,
    revenue=Decimal("18500000.0000"),
    parent_id=HOLDING,
    tags=["key"],
    custom_fields={"branches": 4},
    is_key=True,
)
CONTACT_FACTS = events.ContactFacts(
    owner_id=SELLER,
    team_id=TEAM,
    client_class="A",
    company_id=COMPANY,
    source="exhibition",
    channel="phone",
    language="uk",
    time_zone="Europe/Kyiv",
    has_email=True,
    has_phone=True,
    tags=["decides"],
    custom_fields={"prefers": "courier"},
    is_key=False,
)

EXAMPLES: list[Event] = [
    events.CompanyCreated(**said({"company": COMPANY_FACTS})),
    events.CompanyUpdated(**said({"company": COMPANY_FACTS}, ["sector"], {"sector": None})),
    events.CompanyDeleted(**said({"company": COMPANY_FACTS}, ["deleted_at"])),
    events.CompanyRestored(**said({"company": COMPANY_FACTS}, ["deleted_at"])),
    events.CompanyMerged(
        **said({"company": COMPANY_FACTS}, ["sector", "phones"], {"sector": None}),
        survivor_id=COMPANY,
        loser_id=HOLDING,
    ),
    events.CompanyUnmerged(
        **said({"company": COMPANY_FACTS}, ["phones"]), survivor_id=COMPANY, loser_id=HOLDING
    ),
    events.ContactCreated(**said({"contact": CONTACT_FACTS})),
    events.ContactUpdated(
        **said({"contact": CONTACT_FACTS}, ["last_name", "language"], {"language": None})
    ),
    events.ConsentGiven(
        **said({"contact": CONTACT_FACTS}, ["consents"]), channel="email", purpose="marketing"
    ),
    events.ConsentWithdrawn(
        **said({"contact": CONTACT_FACTS}, ["consents", "do_not_call"]),
        channel="call",
        purpose="marketing",
    ),
    events.ContactErased(**said({"contact": CONTACT_FACTS}, ["erased_at"])),
    events.ContactRestricted(**said({"contact": CONTACT_FACTS}, ["restricted_at"])),
    events.ContactReleased(**said({"contact": CONTACT_FACTS}, ["restricted_at"])),
    events.ContactDeleted(**said({"contact": CONTACT_FACTS}, ["deleted_at"])),
    events.ContactRestored(**said({"contact": CONTACT_FACTS}, ["deleted_at"])),
    events.ContactMerged(
        **said({"contact": CONTACT_FACTS}, ["language", "emails"], {"language": None}),
        survivor_id=CONTACT,
        loser_id=TWIN,
    ),
    events.ContactUnmerged(
        **said({"contact": CONTACT_FACTS}, ["emails"]), survivor_id=CONTACT, loser_id=TWIN
    ),
]
