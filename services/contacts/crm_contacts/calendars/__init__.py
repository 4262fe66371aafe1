"""Calendars: one's tasks and planned activities as a feed that calendar programs read."""
