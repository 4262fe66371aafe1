"""One search over persons and organisations."""
