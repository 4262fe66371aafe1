"""The reports as data: what stands in each, and its words in three languages."""
