"""What surveys may ask, what an answer to them is, and what answers come to: pure functions."""
