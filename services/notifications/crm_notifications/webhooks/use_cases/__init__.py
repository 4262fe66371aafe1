"""What can be done to webhooks, and what they make of the log."""
