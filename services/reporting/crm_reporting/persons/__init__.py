"""What reporting keeps of a person: ids in facts, and nothing that would say who he is."""
