"""Routes of the surveys feature."""
