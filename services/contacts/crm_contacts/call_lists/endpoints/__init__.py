"""Routes of the call lists feature."""
