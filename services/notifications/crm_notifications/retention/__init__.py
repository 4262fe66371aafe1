"""How long notifications keeps what."""
