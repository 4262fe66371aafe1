"""E-mail addresses and telephone numbers."""
