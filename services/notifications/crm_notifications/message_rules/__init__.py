"""When which message is written to whom."""
