"""What to say and do at each status of a client, step by step."""
