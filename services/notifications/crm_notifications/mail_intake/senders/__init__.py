"""Where letters are fetched from."""
