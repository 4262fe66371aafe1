"""Through what messages leave the house."""
