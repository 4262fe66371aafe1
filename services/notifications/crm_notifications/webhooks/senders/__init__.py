"""What carries a delivery to its receiver."""
