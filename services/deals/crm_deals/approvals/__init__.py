"""Requests for consent: asked, answered, and applied once."""
