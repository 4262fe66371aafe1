"""Bodies of the effect."""
