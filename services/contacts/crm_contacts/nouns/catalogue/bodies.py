"""Which bodies show or take which noun, so that fields can be hidden from roles in all of them."""

from crm_contacts.call_lists.schemas import CalleeOut, CompanyCalleeOut, LeadCalleeOut
from crm_contacts.calls.schemas import CallChangeIn, CallIn, CallMarkIn, CallOut, RecordingOut
from crm_contacts.cases.schemas import CommentIn, CommentOut, FeedbackOut
from crm_contacts.consents.schemas import ConsentsOut
from crm_contacts.duplicates.schemas import LikenessOut, PairOut
from crm_contacts.history.schemas import NextStepOut, OwnerSpanOut, StatusOut, StatusSpanOut
from crm_contacts.leads.schemas import DuplicateOut
from crm_contacts.notes.schemas import NoteChangeIn, NoteIn, NoteOut
from crm_contacts.nouns.catalogue import ROOM
from crm_contacts.purchases.schemas import FiguresOut
from crm_contacts.search.schemas import HitOut
from crm_contacts.surveys.schemas import InvitationOut
from crm_shared.http.shapes import Shown

# that two records look alike, and how, tells what they have in common
_ALIKE = frozenset({"reasons", "score", "matches"})
# what a record is found by and told apart by is built of these
_REACHED = {
    "emails": frozenset({"email_keys", "has_email", "search_text", *_ALIKE}),
    "phones": frozenset({"phone_keys", "has_phone", "search_text", *_ALIKE}),
}
_NAMED = {
    name: frozenset({"name", "search_text", *_ALIKE})
    for name in ("first_name", "middle_name", "last_name", "company_name")
}
_OWNED = {
    "owner_id": frozenset({"owner_name"}),
    "lifecycle_stage": frozenset({"status"}),
}
# what of a deal tells its amount, and which figures of clients tell what of their deals
_SUMS = frozenset({"expected_amount", "line_items", "discount"})
_BOUGHT = frozenset(
    {"won_sum", "purchase_sum", "purchase_sum_year", "average_check", "lifetime_value", "abc_class"}
)
_BOUGHT_AT = frozenset(
    {
        "first_purchase_at", "last_purchase_at", "days_since_purchase", "first_purchase_on",
        "last_purchase_on", "purchase_interval", "rhythm_broken", "customer_state",
    }
)  # fmt: skip
_NUMBERS = {"call": frozenset({"from_number", "to_number"})}
SHOWN = Shown(
    nouns={
        **ROOM.bodies(),
        CallOut: "call",
        CallIn: "call",
        CallChangeIn: "call",
        CallMarkIn: "call",
        NoteOut: "note",
        NoteIn: "note",
        NoteChangeIn: "note",
        CommentOut: "case_comment",
        CommentIn: "case_comment",
        FeedbackOut: "feedback",
        InvitationOut: "survey_invitation",
        CalleeOut: "contact",
        CompanyCalleeOut: "company",
        LeadCalleeOut: "lead",
        RecordingOut: "call",
        ConsentsOut: "contact",
    },
    follows={
        "contact": {
            **_REACHED,
            **_NAMED,
            **_OWNED,
            "consents": frozenset({"current", "history"}),
        },
        "lead": {**_REACHED, **_NAMED, **_OWNED},
        "company": {**_REACHED, **_OWNED, "name": frozenset({"search_text", *_ALIKE})},
        "call": {"recording_url": frozenset({"url"})},
        "activity": {"subject": frozenset({"title"})},
        "deal": {"amount": _SUMS},
    },
    elsewhere={
        "contact.phones": _NUMBERS,
        "company.phones": _NUMBERS,
        "lead.phones": _NUMBERS,
        "deal.amount": {"contact": _BOUGHT, "company": _BOUGHT},
        "deal.won_at": {"contact": _BOUGHT_AT, "company": _BOUGHT_AT},
    },
    told_by={HitOut: "kind", NextStepOut: "kind", DuplicateOut: "kind"},
    several={
        PairOut: ("contact", "company", "lead"),
        LikenessOut: ("contact", "company", "lead"),
        FiguresOut: ("contact", "company"),
        OwnerSpanOut: ("contact", "company"),
        StatusOut: ("contact", "company"),
        StatusSpanOut: ("contact", "company"),
    },
)
