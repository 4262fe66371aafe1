"""By which rates pay follows from figures (K70)."""
