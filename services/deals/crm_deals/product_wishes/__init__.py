"""Who wants a product that is not there yet, and that it has come."""
