"""What the events say, typed."""
