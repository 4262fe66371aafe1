"""How long deals keeps what."""
