"""API keys: what other programs sign in with."""
