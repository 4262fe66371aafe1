"""The work on imports."""

from crm_deals.imports.nouns import ROOM

JOBS = ROOM.jobs()
