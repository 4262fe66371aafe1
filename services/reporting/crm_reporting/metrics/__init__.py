"""The catalogue of metrics and their values."""
