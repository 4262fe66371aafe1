"""Payments, refunds and expenses: money that came and went."""
