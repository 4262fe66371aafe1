"""Bringing rows in: the same rules as the API's, the dates of the other system."""
