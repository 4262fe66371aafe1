"""What can be done with call lists."""
