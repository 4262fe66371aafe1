"""What a letter says, whatever its program made of the standards."""
