"""What a company adds to its nouns: custom fields and saved views."""
