"""How a body of another system is read, by a mapping that is data."""
