"""Outgoing webhooks by Standard Webhooks: what other systems are told, and how that went."""
