"""A believable Ukrainian company, loaded through the public API, and one story told with it."""
