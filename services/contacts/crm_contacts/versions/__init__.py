"""What every row looked like at every revision."""
