"""What messages say, in every language."""
