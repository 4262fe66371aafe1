"""What the company decided about its data: who may not see what, which reads are watched, how
long things are kept. Set up in one place, known to every service by events."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from pydantic import BaseModel

from crm_shared.actor import Role

# names of fields by noun
Names = Mapping[str, frozenset[str]]
CUSTOM_FIELDS, CUSTOM = "custom_fields", "custom."


class ReadingFacts(BaseModel):
    """What was shown to the actor: the first hundred ids; 0 of them when a list left as a file."""

    noun: str
    fields: list[str]
    count: int
    ids: list[str]


@dataclass(frozen=True, slots=True)
class Policies:
    """What holds now; nothing is hidden, watched or dropped until somebody says so."""

    hidden: Mapping[Role, Names] = field(default_factory=dict)
    watched: Names = field(default_factory=dict)
    kept_days: Mapping[str, int] = field(default_factory=dict)

    def hidden_from(self, role: Role | None) -> Names:
        """Return what a role may not see; the program itself and admins see everything.

        Somebody whose role is not known sees nothing that is hidden from anybody.
        """
        if role is not None:
            return self.hidden.get(role, {})
        found: dict[str, frozenset[str]] = {}
        for nouns in self.hidden.values():
            for noun, names in nouns.items():
                found[noun] = found.get(noun, frozenset()) | names
        return found


def read_policies(data: Mapping[str, Any]) -> Policies:
    """Read policies from what the workspace's event tells."""
    hidden = data.get("hidden_fields") or {}
    return Policies(
        hidden={Role(role): _names(nouns) for role, nouns in hidden.items()},
        watched=_names(data.get("sensitive_fields") or {}),
        kept_days={kind: days for kind, days in (data.get("retention") or {}).items() if days},
    )


def covers(names: frozenset[str], name: str) -> bool:
    """Tell whether a field is among those named: itself, what it is a part of, or all custom."""
    whole = name.startswith(CUSTOM) and CUSTOM_FIELDS in names
    return whole or any(name == one or name.startswith(f"{one}.") for one in names)


def _names(nouns: Mapping[str, Any]) -> Names:
    return {noun: frozenset(fields) for noun, fields in nouns.items() if fields}
