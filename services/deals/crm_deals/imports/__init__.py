"""Imports of deals and products."""
