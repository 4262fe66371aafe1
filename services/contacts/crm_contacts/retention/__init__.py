"""How long contacts keeps what, and what every service told of what it removed."""
