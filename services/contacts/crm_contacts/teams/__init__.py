"""Groups of users and their heads."""
