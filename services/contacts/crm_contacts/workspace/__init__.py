"""The company itself: languages, time zone, working calendar."""
