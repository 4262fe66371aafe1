"""What there is to do, asked once for all timed work of a process."""
