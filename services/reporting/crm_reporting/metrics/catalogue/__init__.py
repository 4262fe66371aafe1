"""The catalogue's files: one entry a metric, in words of three languages."""
