"""Deals and their moves."""
