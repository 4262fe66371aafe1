"""Routes of the cases feature."""
