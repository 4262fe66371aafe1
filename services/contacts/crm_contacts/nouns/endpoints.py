"""Routes that every noun has."""

from crm_contacts.nouns.catalogue import ROOM

routers = ROOM.routers()
