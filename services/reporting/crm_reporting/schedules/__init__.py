"""Reports that are sent at a time of the week."""
