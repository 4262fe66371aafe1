"""The notifications service: templates, messages, channels and webhooks."""
