"""What a web chat asks of its visitors, and what they see; all of it pure."""
