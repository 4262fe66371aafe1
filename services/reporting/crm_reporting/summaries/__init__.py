"""What all rows of a customer come to together, kept beside the rows."""
