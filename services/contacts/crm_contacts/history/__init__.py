"""How a client came to be what he is: changes, owners, status."""
