"""Every read of counters, contributions and labels."""
