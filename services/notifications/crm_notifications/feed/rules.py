"""What the log keeps of an event, and what of it a reader may see."""

import re
from collections.abc import Iterable, Mapping
from functools import lru_cache
from typing import Any
from uuid import UUID

from crm_shared.actor import Role
from crm_shared.http.hiding import NOTHING, Reading, readings, without
from crm_shared.http.shapes import Shape
from crm_shared.policies import Names, covers

# whose events open doors: our own services check keys by them, on the bus only
UNTOLD_NOUNS = frozenset({"api_key"})
# what people with a scope of their own may hear of; the rest is for those who see everything
SCOPED_NOUNS = frozenset(
    {
        "activity", "call", "case", "company", "contact", "conversation", "deal", "feedback",
        "invoice", "lead", "message", "note", "payment", "quote", "task",
    }
)  # fmt: skip
# whose records some roles have no right to read, beyond what is their own
UNREAD_NOUNS = {
    Role.ACCOUNTANT: SCOPED_NOUNS - {"deal", "invoice", "payment", "quote"},
    Role.MARKETING: frozenset({"activity", "deal", "invoice", "payment", "quote", "task"}),
}
PARTS = 5
_PART = re.compile(r"[a-z0-9_]+|\*")


def noun_of(event_type: str) -> str:
    """Return what an event is about: `crm.deals.deal.created.v1` → `deal`."""
    return event_type.split(".")[2]


def is_told(event_type: str) -> bool:
    """Tell whether an event may leave the house at all."""
    return noun_of(event_type) not in UNTOLD_NOUNS


def is_pattern(pattern: str) -> bool:
    """Tell whether types could fit a pattern: `*` stands for one part, a last `>` for the rest."""
    parts = pattern.split(".")
    if parts[0] != "crm" or len(parts) > PARTS:
        return False
    is_open = parts[-1] == ">"
    if not is_open and len(parts) != PARTS:
        return False
    middle = parts[1:-1] if is_open else parts[1:]
    return all(map(_PART.fullmatch, middle))


def expression_of(patterns: Iterable[str]) -> str:
    """Return the regular expression that types fitting one of the patterns match."""
    parts = {r"\*": r"[^.]+", ">": ".+"}
    one_by_one = (
        r"\.".join(parts.get(re.escape(part), re.escape(part)) for part in pattern.split("."))
        for pattern in patterns
    )
    return f"^({'|'.join(one_by_one)})$"


@lru_cache(maxsize=1024)
def _compiled(patterns: tuple[str, ...]) -> re.Pattern[str]:
    return re.compile(expression_of(patterns))


def fits(event_type: str, patterns: Iterable[str]) -> bool:
    """Tell whether a type fits one of the patterns."""
    return _compiled(tuple(patterns)).match(event_type) is not None


def belongs_to(event_type: str, data: Mapping[str, Any]) -> tuple[UUID | None, UUID | None]:
    """Return owner and team as the event's snapshot names them; None where it names none."""
    snapshot = data.get(noun_of(event_type))
    if not isinstance(snapshot, Mapping):
        return None, None
    return id_of(snapshot.get("owner_id")), id_of(snapshot.get("team_id"))


def id_of(value: object) -> UUID | None:
    """Return an id that an event names; None for anything that is none."""
    try:
        return UUID(str(value)) if value else None
    except ValueError:
        return None


def listed(value: object) -> list[Any]:
    """Return a list that an event holds; nothing for anything that is none.

    Readers of the log go on whatever stands in it: one odd event must not stop them.
    """
    return value if isinstance(value, list) else []


def changed_of(data: Mapping[str, Any]) -> list[str]:
    """Return the names of the fields that an event says were changed."""
    return [name for name in listed(data.get("changed")) if isinstance(name, str)]


def veiled(envelope: dict[str, Any], hidden: Names) -> dict[str, Any]:
    """Take out of an event, in place, what a role may not see of any noun that it tells of."""
    data = envelope["data"]
    names = _names_in(noun_of(envelope["type"]), data, hidden)
    for part, value in data.items():
        if isinstance(value, dict):
            without(value, names if part == "previous" else hidden.get(part, NOTHING))
            for line in listed(value.get("line_items")):
                if isinstance(line, dict):
                    without(line, hidden.get("line_item", NOTHING))
    if names:
        without(data, names)
        if "changed" in data:
            data["changed"] = [one for one in changed_of(data) if not covers(names, one)]
    return envelope


def seen_in(events: Iterable[Mapping[str, Any]], watched: Names) -> list[Reading]:
    """Return what events show of watched fields and of whom: as they are, and as they were."""
    told = [
        {noun: {**_part(event, "previous"), **_part(event, noun), "id": event["subject"]}}
        for event in events
        if (noun := noun_of(event["type"])) in watched
    ]
    return readings(
        told, Shape(parts={noun: Shape(frozenset({noun})) for noun in watched}), watched
    )


def _part(event: Mapping[str, Any], name: str) -> Mapping[str, Any]:
    part = event["data"].get(name)
    return part if isinstance(part, Mapping) else {}


def _names_in(noun: str, data: Mapping[str, Any], hidden: Names) -> frozenset[str]:
    """Return what is hidden of the event's noun, of the records in it, and of the deal it names."""
    nouns = {noun, *data, *(("deal",) if "deal_id" in data else ())}
    return NOTHING.union(*(hidden.get(one, NOTHING) for one in nouns))
