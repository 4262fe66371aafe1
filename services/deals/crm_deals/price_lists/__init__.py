"""Price lists: what products cost whom, and when."""
