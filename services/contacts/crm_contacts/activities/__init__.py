"""Contacts with clients: planned, promised, done, missed."""
