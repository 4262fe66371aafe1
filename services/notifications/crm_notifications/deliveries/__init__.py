"""Carrying messages out: claim, send, record."""
