"""What can be done to an invoice."""

from crm_deals.invoices.use_cases.change import delete_invoice, issue_invoice, update_invoice
from crm_deals.invoices.use_cases.draw_up import create_invoice, put_invoice
from crm_deals.invoices.use_cases.settle import Settling, settle
from crm_deals.invoices.use_cases.states import note_overdue
from crm_deals.invoices.use_cases.take_back import credit_invoice, void_invoice

__all__ = [
    "Settling",
    "create_invoice",
    "credit_invoice",
    "delete_invoice",
    "issue_invoice",
    "note_overdue",
    "put_invoice",
    "settle",
    "update_invoice",
    "void_invoice",
]
