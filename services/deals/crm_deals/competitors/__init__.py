"""Competitors to whom deals are lost."""
