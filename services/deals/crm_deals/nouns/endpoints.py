"""Routes that every noun has."""

from crm_deals.nouns.catalogue import ROOM

routers = ROOM.routers()
