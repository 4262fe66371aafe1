"""Bringing rows in: the same rules as the API's, many rows with few statements."""
