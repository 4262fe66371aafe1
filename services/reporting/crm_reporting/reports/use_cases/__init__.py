"""What reports are put together from."""
