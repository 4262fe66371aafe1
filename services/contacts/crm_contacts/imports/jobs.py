"""The work on imports."""

from crm_contacts.imports.catalogue import ROOM

JOBS = ROOM.jobs()
