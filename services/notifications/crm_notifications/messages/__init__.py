"""Messages on their way, and where each ended."""
