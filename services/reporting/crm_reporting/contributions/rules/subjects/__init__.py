"""All contributions of one subject that is not a deal: a pure function of its events."""

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from typing import Any, NamedTuple
from zoneinfo import ZoneInfo

from crm_reporting.contributions.rules.subjects import (
    cases,
    clients,
    leads,
    lookups,
    messages,
    money,
    told,
    work,
)
from crm_reporting.contributions.rules.subjects.life import Life
from crm_reporting.contributions.rules.subjects.told import Event, Told
from crm_reporting.contributions.rules.values import Row


class Kind(NamedTuple):
    """What is read of a noun's events, and the rows that follow; `key` is its name in the data."""

    told: type[Told]
    rows: Callable[[Life[Any]], Iterator[Row]]
    key: str


KINDS: Mapping[str, Kind] = {
    "company": Kind(told.ClientTold, clients.client_rows, "company"),
    "contact": Kind(told.ClientTold, clients.client_rows, "contact"),
    "lead": Kind(told.LeadTold, leads.lead_rows, "lead"),
    "activity": Kind(told.ActivityTold, work.activity_rows, "activity"),
    "task": Kind(told.TaskTold, work.task_rows, "task"),
    "call": Kind(told.CallTold, work.call_rows, "call"),
    "approval": Kind(told.ApprovalTold, work.approval_rows, "approval"),
    "case": Kind(told.CaseTold, cases.case_rows, "case"),
    "feedback": Kind(told.FeedbackTold, cases.feedback_rows, "feedback"),
    "invoice": Kind(told.InvoiceTold, money.invoice_rows, "invoice"),
    "payment": Kind(told.PaymentTold, money.payment_rows, "payment"),
    "expense": Kind(told.PaymentTold, money.payment_rows, "payment"),
    "claim": Kind(told.ClaimTold, money.claim_rows, "claim"),
    "lookup": Kind(told.LookupTold, lookups.lookup_rows, "lookup"),
    "message": Kind(told.MessageTold, messages.message_rows, "message"),
}


def subject_contributions(events: Iterable[Event], zone: ZoneInfo) -> Sequence[Row]:
    """Return what a subject adds to the counters, always in the same order."""
    known = list(events)
    if not known:
        return []
    return list(KINDS[known[0].kind].rows(Life(known, zone)))
