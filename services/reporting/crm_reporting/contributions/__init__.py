"""What a deal adds to the counters."""
