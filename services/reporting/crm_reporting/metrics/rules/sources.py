"""Which events each part is made of."""

from collections.abc import Mapping

from crm_reporting.contributions.rules import Part

_DEAL = ("deal.created", "deal.updated", "deal.stage_changed", "deal.deleted")
_NOUNS: Mapping[str, tuple[str, ...]] = {
    "CLIENT": ("company.created", "company.updated", "contact.created", "contact.updated"),
    "LEAD": ("lead.created", "lead.converted", "lead.disqualified", "lead.responded"),
    "ACTIVITY": ("activity.completed",),
    "PROMISE": ("activity.created", "activity.completed", "activity.missed"),
    "TASK": ("task.created", "task.completed"),
    "CALL": ("call.logged", "call.updated"),
    "CASE": ("case.created", "case.first_responded", "case.solved", "case.reopened"),
    "FEEDBACK": (
        *("feedback.requested", "feedback.submitted"),
        *("feedback.asked", "feedback.answered"),  # about a deal or in general
    ),
    "INVOICE": ("invoice.issued", "invoice.paid", "invoice.voided"),
    "RECEIVABLE": ("invoice.issued", "invoice.paid", "invoice.voided"),
    "OVERDUE": ("invoice.issued", "invoice.paid", "invoice.voided"),
    "PAID": ("payment.received", "payment.voided"),
    "REFUNDED": ("payment.refunded", "payment.voided"),
    "EXPENSE": ("expense.recorded", "expense.voided"),
    "CLAIM": ("claim.recorded", "claim.resolved"),
    "APPROVAL": ("approval.requested", "approval.approved", "approval.rejected"),
    "LOOKUP": ("lookup.measured",),
    "MESSAGE": ("message.sent", "message.delivered", "message.opened", "message.clicked"),
}


def _events_of(part: Part) -> tuple[str, ...]:
    return next((told for noun, told in _NOUNS.items() if part.name.startswith(noun)), _DEAL)


EVENTS_OF: Mapping[Part, tuple[str, ...]] = {part: _events_of(part) for part in Part}
NOUN_OF: Mapping[int, str] = {
    int(part): events[0].partition(".")[0] for part, events in EVENTS_OF.items()
}
