"""What a definition may say, and what an event comes to by it."""
