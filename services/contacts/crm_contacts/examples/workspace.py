"""Example of what is said of the workspace."""

from crm_contacts import events
from crm_contacts.examples.base import said
from crm_shared.events.envelope import Event

_OFFICE = [{"start": "09:00", "end": "13:00"}, {"start": "14:00", "end": "18:00"}]
_WEEK = dict.fromkeys(("monday", "tuesday", "wednesday", "thursday", "friday"), _OFFICE)
_FACTS = events.WorkspaceFacts.model_validate(
    {
        "time_zone": "Europe/Kyiv",
        "schedules": [{"valid_from": None, "week": _WEEK}],
        "special_days": [
            {
                "on": "2026-01-01",
                "kind": "holiday",
                "names": {"en": "New Year's Day", "uk": "Новий рік", "ru": "Новый год"},
                "every_year": True,
            },
            {"on": "2026-03-14", "kind": "working", "instead_of": "2026-03-13"},
        ],
        "hidden_fields": {"marketing": {"deal": ["amount"], "contact": ["phones"]}},
        "sensitive_fields": {"contact": ["birth_date"]},
        "retention": {"call_recordings": 180},
    }
)

EXAMPLES: list[Event] = [events.WorkspaceUpdated(**said({"workspace": _FACTS}, ["special_days"]))]
