"""Letters that follow one another, and those that a day begins: who is at which, and why not."""
