"""What can be done about what comes in."""
