"""Routes of the calls feature."""
