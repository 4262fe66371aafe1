"""Which webhook wants which event, and what of it is sent."""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import Any
from uuid import UUID

from crm_notifications.feed.rules import belongs_to, changed_of, fits, noun_of, veiled
from crm_shared.filters import Fields, Tree, matches
from crm_shared.policies import Names


class Payload(StrEnum):
    """How much of an event is sent."""

    FULL = "full"
    CHANGES = "changes"
    THIN = "thin"


@dataclass(frozen=True, slots=True)
class Wish:
    """What one webhook wants to hear of."""

    webhook_id: UUID
    patterns: tuple[str, ...]
    conditions: Tree
    fields: Fields
    skipped_actor: UUID | None
    on_bulk: bool
    after_position: int

    def fits(self, position: int, event_type: str) -> bool:
        """Tell whether an event could be wanted, before it is read."""
        return position > self.after_position and fits(event_type, self.patterns)

    def wants(self, envelope: Mapping[str, Any]) -> bool:
        """Tell whether this event is wanted."""
        if envelope["bulk"] and not self.on_bulk:
            return False
        if self.skipped_actor is not None and envelope["actorid"] == str(self.skipped_actor):
            return False
        return matches(self.conditions, self.fields, values_of(envelope))


def values_of(envelope: Mapping[str, Any]) -> dict[str, Any]:
    """Return what conditions can ask of an event: its data, and the envelope under `event`."""
    data = envelope["data"]
    owner_id, team_id = belongs_to(envelope["type"], data)
    told = {
        "type": envelope["type"],
        "subject": envelope["subject"],
        "actor_id": envelope["actorid"],
        "bulk": envelope["bulk"],
        "revision": envelope["revision"],
        "time": envelope["time"],
        "changed": changed_of(data),
        "owner_id": owner_id,
        "team_id": team_id,
    }
    return {**data, "event": told}


def body_of(envelope: str, payload: Payload, hidden: Names) -> bytes:
    """Return what is sent of an event: all of it, what changed, or only that something did."""
    if payload is Payload.FULL and not hidden:
        return envelope.encode()
    event = veiled(json.loads(envelope), hidden)
    if payload is not Payload.FULL:
        event["data"] = _less(event, payload)
    return json.dumps(event, ensure_ascii=False, separators=(",", ":")).encode()


def _less(event: Mapping[str, Any], payload: Payload) -> dict[str, Any]:
    data = event["data"]
    changed = changed_of(data)
    if payload is Payload.THIN:
        return {"changed": changed}
    noun = noun_of(event["type"])
    snapshot = data.get(noun)
    now = snapshot if isinstance(snapshot, Mapping) else {}
    return {
        "changed": changed,
        "previous": data.get("previous") or {},
        noun: {name: now[name] for name in changed if name in now},
    }
