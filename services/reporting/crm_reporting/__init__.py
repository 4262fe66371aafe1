"""The reporting service: facts from every event, metrics and reports."""
