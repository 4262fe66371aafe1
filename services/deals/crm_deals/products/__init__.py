"""Products that deals are made of."""
