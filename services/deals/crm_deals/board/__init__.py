"""The board: every column of a pipeline in one call."""
