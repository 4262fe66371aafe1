"""What metrics are: periods, numbers, tallies, the catalogue."""
