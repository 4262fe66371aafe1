"""What tells the same as a field that is hidden, in events that go out and in letters.

Whose nouns they are says so of its own bodies; a test holds this copy against theirs.
"""

from crm_notifications.conversations.schemas import ConversationOut
from crm_shared.http.shapes import Shown

_ALIKE = frozenset({"reasons", "score", "matches"})
_REACHED = {
    "emails": frozenset({"email_keys", "has_email", "search_text"}) | _ALIKE,
    "phones": frozenset({"phone_keys", "has_phone", "search_text"}) | _ALIKE,
}
_NAMED = {
    name: frozenset({"name", "search_text"}) | _ALIKE
    for name in ("first_name", "middle_name", "last_name", "company_name")
}
_COMMON = {"owner_id": frozenset({"owner_name"}), "lifecycle_stage": frozenset({"status"})}
_OFF = frozenset({"discount_percent"})
_SUMS = _OFF | {"expected_amount", "line_items", "discount", "net", "tax", "gross", "total"}
# with whom we talk is told by the address as much as by the contact's own
_TALKS = {
    f"{noun}.{name}": {"conversation": frozenset({told})}
    for noun in ("contact", "lead")
    for name, told in (
        ("emails", "address"),
        ("phones", "address"),
        ("first_name", "name"),
        ("last_name", "name"),
    )
}
# what figures of a customer tell of his deals
_BOUGHT = {
    "deal.amount": {
        "customer": frozenset(
            {"purchase_sum", "purchase_sum_year", "average_check", "lifetime_value", "abc_class"}
        )
    },
    "deal.won_at": {
        "customer": frozenset(
            {
                "first_purchase_on", "last_purchase_on", "purchase_interval", "rhythm_broken",
                "state",
            }
        )
    },
}  # fmt: skip
SHOWN = Shown(
    nouns={ConversationOut: "conversation"},
    elsewhere={**_TALKS, **_BOUGHT},
    follows={
        "contact": {
            **_REACHED,
            **_NAMED,
            **_COMMON,
            "consents": frozenset({"current", "history"}),
        },
        "lead": {**_REACHED, **_NAMED, **_COMMON},
        "company": {**_REACHED, **_COMMON, "name": frozenset({"search_text"}) | _ALIKE},
        "call": {"recording_url": frozenset({"url"}), "answered": frozenset({"state"})},
        "activity": {"subject": frozenset({"title"})},
        "deal": {
            "amount": _SUMS,
            "discount": _OFF,
            "stage_id": frozenset(
                {"stage_label", "from_stage_id", "to_stage_id", "from_stage", "to_stage"}
            ),
            "is_customer_unreliable": frozenset(
                {"late_invoices", "has_unsettled_breach", "is_unreliable"}
            ),
            "is_repeat": frozenset({"has_bought"}),
            "owner_id": frozenset({"owner_name"}),
        },
    },
)
