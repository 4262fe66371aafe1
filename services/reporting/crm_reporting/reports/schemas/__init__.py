"""Bodies of the reports."""
