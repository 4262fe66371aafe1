"""What call lists and those on them can be filtered and sorted by."""

from datetime import datetime
from uuid import UUID

from crm_contacts.call_lists.models import CallList, CallListEntry
from crm_shared.filters import Field, Fields

FIELDS = Fields(
    {
        **{
            name: Field(UUID, getattr(CallList, name))
            for name in ("id", "owner_id", "team_id", "segment_id", "script_id")
        },
        **{
            name: Field(str, getattr(CallList, name))
            for name in ("name", "noun", "status", "purpose")
        },
        "created_at": Field(datetime, CallList.created_at),
        "updated_at": Field(datetime, CallList.updated_at),
    }
)
SORT = ("created_at", "updated_at", "name")
ENTRY_FIELDS = Fields(
    {
        **{
            name: Field(UUID, getattr(CallListEntry, name))
            for name in ("id", "call_list_id", "taken_by", "reserved_for", "last_called_by")
        },
        **{
            name: Field(str, getattr(CallListEntry, name))
            for name in ("status", "last_result", "excluded_for")
        },
        **{
            name: Field(datetime, getattr(CallListEntry, name))
            for name in ("next_at", "last_called_at", "created_at", "updated_at")
        },
        "contact_id": Field(UUID, CallListEntry.contact_id, merges=True),
        "company_id": Field(UUID, CallListEntry.company_id, merges=True),
        "lead_id": Field(UUID, CallListEntry.lead_id),
        "attempts": Field(int, CallListEntry.attempts),
    }
)
ENTRY_SORT = ("created_at", "updated_at", "next_at", "attempts")
