"""What to do next about a client, a lead or a deal, and why."""
