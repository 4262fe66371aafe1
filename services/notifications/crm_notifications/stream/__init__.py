"""The live stream: what happens to whom it concerns, as it happens."""
