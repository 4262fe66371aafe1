"""Two records of one real client become one, and two again."""
