"""R2: what own metrics may name is what the services say, field by field."""

import json
import os
from pathlib import Path
from typing import Any

from crm_shared.events import contracts
from crm_shared.filters import Field, fields_of

HOME = Path(__file__).parents[2] / "services/reporting/crm_reporting/custom_metrics/catalogue"
PAGE = HOME / "events.json"
PACKAGES = ("crm_contacts", "crm_deals", "crm_notifications", "crm_reporting")
# what follows from the ledger is not in it
NOT_KEPT = ("crm.reporting.customer.", "crm.reporting.alarm.")


def _kind(field: Field) -> str:
    return field.kind.__name__.lower() + ("[]" if field.many else "")


def render() -> str:
    """Return every event with its fields; what events of a noun share stands once."""
    shapes: dict[str, dict[str, str]] = {}
    events: dict[str, dict[str, Any]] = {}
    for package in PACKAGES:
        for kind in contracts.published(package):
            if kind.type.startswith(NOT_KEPT):
                continue
            told = {path: _kind(field) for path, field in fields_of(kind).items()}
            noun = kind.type.split(".")[2]
            shape = {path: name for path, name in told.items() if path.startswith(f"{noun}.")}
            key = f"{package.removeprefix('crm_')}.{noun}"
            # verbs of one noun may tell different facts of it: what was seen first is shared
            if shapes.setdefault(key, shape) != shape:
                key, shape = "", {}
            own = {path: name for path, name in told.items() if path not in shape}
            events[kind.type] = {"shape": key, "fields": own}
    document: dict[str, Any] = {"shapes": shapes, "events": events}
    return json.dumps(document, indent=0, sort_keys=True) + "\n"


def test_the_page_of_fields_is_what_the_services_say() -> None:
    told = render()
    if os.environ.get("CRM_WRITE_FIELDS"):
        PAGE.write_text(told)
    assert PAGE.read_text() == told, "CRM_WRITE_FIELDS=1 pytest tests/contracts -k fields"
