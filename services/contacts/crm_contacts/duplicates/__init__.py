"""Records that may be of one real client: found standing, told at the door, never in the way."""
