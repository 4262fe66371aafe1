"""Quotes: what was offered for a deal, version by version."""
