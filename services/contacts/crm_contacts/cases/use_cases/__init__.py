"""What can be done to a case, one file per kind of verb."""
