"""Requests to erase a person everywhere, and what has become of them."""
