"""What people write to us, and what we answer: one conversation per person and channel."""
