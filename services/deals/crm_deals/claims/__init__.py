"""Claims: what customers want made good, and what we want of them."""
