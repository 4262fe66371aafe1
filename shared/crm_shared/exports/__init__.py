"""Exporting: every list as a CSV or XLSX file, by the same filters and within the same scope."""
