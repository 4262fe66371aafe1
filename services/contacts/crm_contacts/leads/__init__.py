"""Leads: who might buy."""
