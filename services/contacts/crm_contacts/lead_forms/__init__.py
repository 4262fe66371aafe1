"""Web forms that bring leads."""
