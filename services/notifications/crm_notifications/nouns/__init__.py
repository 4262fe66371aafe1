"""Nouns of other services, as far as what is told of them may be hidden from a role."""
