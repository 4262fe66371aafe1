"""Which rules belong to a way of selling, and what they are called in a file: pure functions."""

import json
from collections.abc import Collection, Mapping
from typing import Any
from uuid import UUID

SYSTEM = "preset"
# what belongs to one installation only
LEFT_OUT = frozenset({"active_from", "source_system", "external_id", "template_id"})


def external_id(preset_id: str, key: str) -> str:
    """Return the name under which a part of a preset is known here."""
    return f"{preset_id}/{key}"


def mentions(conditions: Mapping[str, Any], ids: Collection[UUID]) -> bool:
    """Tell whether conditions ask for one of these ids."""
    told = json.dumps(conditions)
    return any(str(one) in told for one in ids)


def key_of(row: Any, prefix: str, index: int) -> str:
    """Return the key a part had when it came, else a new one."""
    if row.source_system == SYSTEM and row.external_id:
        return str(row.external_id).partition("/")[2]
    return f"{prefix}{index}"
