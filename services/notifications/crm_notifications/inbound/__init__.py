"""What other systems bring in."""
