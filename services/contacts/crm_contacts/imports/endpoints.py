"""Routes of imports."""

from crm_contacts.imports.catalogue import ROOM
from crm_contacts.permissions import IMPORT_CONTACTS

router = ROOM.router(prefix="/v1/contact-imports", permission=IMPORT_CONTACTS)
