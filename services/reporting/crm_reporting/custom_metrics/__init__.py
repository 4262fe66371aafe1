"""Metrics that a company defines itself, over any event, without code (R2)."""
