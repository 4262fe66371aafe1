"""What people write by messenger: taken where its provider brings it."""
