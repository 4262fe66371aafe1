"""Who may do what with call lists."""

from typing import Annotated

from crm_contacts.permissions import READ_CALL_LISTS, WORK_CALL_LISTS, WRITE_CALL_LISTS
from crm_shared.actor import Access
from crm_shared.http.auth import require

Reader = Annotated[Access, require(READ_CALL_LISTS)]
Writer = Annotated[Access, require(WRITE_CALL_LISTS)]
Caller = Annotated[Access, require(WORK_CALL_LISTS)]
