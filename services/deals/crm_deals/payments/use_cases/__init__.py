"""What can be done to a payment or an expense."""

from crm_deals.payments.use_cases.book import book_payment, put_payment
from crm_deals.payments.use_cases.change import update_payment
from crm_deals.payments.use_cases.refund import refund_payment
from crm_deals.payments.use_cases.void import void_payment

__all__ = ["book_payment", "put_payment", "refund_payment", "update_payment", "void_payment"]
