"""What the clients of a segment have in common: their portrait."""
