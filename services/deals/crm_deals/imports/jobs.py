"""The work on imports."""

from crm_deals.imports.catalogue import ROOM

JOBS = ROOM.jobs()
