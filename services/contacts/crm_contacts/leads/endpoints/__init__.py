"""Routes of the leads feature."""
