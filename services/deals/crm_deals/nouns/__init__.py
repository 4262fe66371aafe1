"""What hangs under every noun: custom fields, tags, views, schema."""
