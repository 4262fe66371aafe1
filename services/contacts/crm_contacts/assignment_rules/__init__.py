"""Who gets what nobody has yet."""
