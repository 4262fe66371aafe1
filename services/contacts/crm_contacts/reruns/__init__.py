"""Asking the rule of a segment how it was at a past moment."""
