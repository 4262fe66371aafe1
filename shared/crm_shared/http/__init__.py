"""Everything a request meets on its way to a use case and back."""
