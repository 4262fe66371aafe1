"""Lists of people to be called, one caller at a time, with what came of each call."""
