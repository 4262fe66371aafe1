"""Which fields of its subject a row of facts shows, by other names than the fields have."""

from collections.abc import Mapping

from crm_reporting.contributions.rules import Part
from crm_reporting.metrics.rules.hiding import is_hidden
from crm_reporting.metrics.rules.sources import NOUN_OF
from crm_shared.policies import Names

# columns that may hold what a field of the row's noun says; the others tell what the row is
COLUMNS = (
    "owner_id", "team_id", "pipeline_id", "stage_id", "product_id", "company_id", "customer_id",
    "channel", "kind", "currency", "amount",
)  # fmt: skip
KIND: Mapping[str, str] = {
    "lead": "source", "call": "direction", "case": "topic", "feedback": "scale",
    "invoice": "void_reason", "payment": "category", "expense": "category",
    "approval": "is_automatic", "message": "mailing_id", "deal": "reason_id",
}  # fmt: skip
KIND_OF_PART: Mapping[int, str] = {
    Part.LEAD_REFUSED: "disqualify_reason", Part.LOST_TO: "competitor_id",
    Part.KIND_SOLD: "line_items", Part.KIND_SOLD_BOOKED: "line_items",
}  # fmt: skip
AMOUNT_OF_PART: Mapping[int, str] = {
    Part.INVOICED: "net", Part.INVOICE_DUE: "total", Part.RECEIVABLE: "due", Part.OVERDUE: "due",
    Part.MESSAGE: "cost",
}  # fmt: skip


def unseen(part: int, hidden: Names) -> frozenset[str]:
    """Return the columns of a part's rows that tell what is hidden."""
    noun = NOUN_OF[part]
    behind = {
        "kind": (KIND_OF_PART.get(part) or KIND.get(noun, "kind"),),
        "amount": (AMOUNT_OF_PART.get(part, "amount"),),
        # a person where there is no company: one of them alone would say which it is
        "customer_id": ("company_id", "contact_id"),
        "product_id": ("line_items",),
    }
    return frozenset(
        column
        for column in COLUMNS
        if any(is_hidden(f"{noun}.{name}", hidden) for name in (column, *behind.get(column, ())))
    )
