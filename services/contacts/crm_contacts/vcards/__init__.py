"""Contacts as vCards: what telephones, mail programs and other address books exchange."""
