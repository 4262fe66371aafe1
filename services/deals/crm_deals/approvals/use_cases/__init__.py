"""What can be done to a request for consent."""

from crm_deals.approvals.use_cases.answering import (
    answer_approval,
    cover_absences,
    delegate_approval,
)
from crm_deals.approvals.use_cases.asking import ask_for_approval
from crm_deals.approvals.use_cases.ending import end_overdue, withdraw_approval

__all__ = [
    "answer_approval",
    "ask_for_approval",
    "cover_absences",
    "delegate_approval",
    "end_overdue",
    "withdraw_approval",
]
