"""Sign-in and tokens."""
