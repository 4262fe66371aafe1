"""What every noun has beside its own fields: custom fields, tags, saved views, a schema."""
