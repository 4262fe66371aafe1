"""The work on imports."""

from crm_contacts.imports.nouns import ROOM

JOBS = ROOM.jobs()
