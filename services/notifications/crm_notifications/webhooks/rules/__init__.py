"""What decides without looking: signatures, addresses, when to try again, what is sent."""
