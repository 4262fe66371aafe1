"""What clients bought, as the deals service announces it: figures for lists and segments."""
