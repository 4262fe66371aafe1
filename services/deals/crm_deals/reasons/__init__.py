"""Reasons for winning and losing."""
