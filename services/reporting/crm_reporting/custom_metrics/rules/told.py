"""Which events there are and which fields each tells: what a definition is checked against."""

import json
from collections.abc import Mapping
from datetime import date, datetime
from decimal import Decimal
from functools import cache
from importlib.resources import files
from typing import Any
from uuid import UUID

from crm_shared.filters import Field, Fields
from crm_shared.nouns.kinds import PYTHON, FieldType

_KINDS: Mapping[str, type[Any]] = {
    one.__name__.lower(): one for one in (UUID, str, int, Decimal, bool, datetime, date)
}
# Decimals that stand beside a currency and are no money.
_NO_MONEY = frozenset(
    {"fte", "hours", "users", "quantity", "margin", "script_coverage", "price_index", "rate",
     "discount_percent", "value"}
)  # fmt: skip
# Ids of people, and what is known of one person only: a group each would be a list of people.
_PERSONAL = frozenset(
    {"contact_id", "contact_ids", "person_id", "recipient_id", "caller_id", "record_id",
     "subject_id", "loser_id", "survivor_id", "merged_into_id", "number", "account", "key_hash"}
)  # fmt: skip
_GROUPED = (UUID, str, bool)
# A custom field is named with its type behind a colon, as it was when the metric was saved: its
# definition may go, what was counted by it stays countable.
CUSTOM_FIELDS = "custom_fields"
TYPED_AS: Mapping[FieldType, type[Any]] = {
    kind: PYTHON[kind]
    for kind in FieldType
    # money has a currency of its own beside it, several choices are no group
    if kind not in (FieldType.MONEY, FieldType.MULTI_CHOICE)
}
TYPED_BY_PEOPLE = tuple(f":{kind}" for kind in ("text", "long_text", "url"))


class Told(Fields):
    """What events of one noun tell: its own fields, and custom ones by the type in their name."""

    def __init__(self, fields: Mapping[str, Field], noun: str) -> None:
        super().__init__(fields)
        self.noun = noun

    def __missing__(self, path: str) -> Field:
        name, _colon, told = path.partition(":")
        if not name.startswith(f"{self.noun}.{CUSTOM_FIELDS}.") or told not in TYPED_AS:
            raise KeyError(path)
        return Field(TYPED_AS[FieldType(told)])

    def __contains__(self, path: object) -> bool:
        return self.get(str(path)) is not None

    def get(self, path: str, default: Any = None) -> Any:
        """Return a field, as `dict` would."""
        try:
            return self[path]
        except KeyError:
            return default


def is_custom(path: str) -> bool:
    """Tell whether a path names a custom field with its type."""
    return ":" in path


def hidden_as(path: str) -> str:
    """Return how roles have a field hidden: `deal.amount`, or `deal.custom.budget`."""
    noun, _dot, field = path.partition(":")[0].partition(".")
    if field.startswith(f"{CUSTOM_FIELDS}."):
        return f"{noun}.custom.{field.removeprefix(f'{CUSTOM_FIELDS}.')}"
    return ".".join((noun, *field.split(".")[:1]))


@cache
def _document() -> dict[str, Any]:
    text = (
        files("crm_reporting.custom_metrics.catalogue").joinpath("events.json").read_text("utf-8")
    )
    document: dict[str, Any] = json.loads(text)
    return document


def event_types() -> list[str]:
    """Return every event that can be counted, by name."""
    return sorted(_document()["events"])


def told_of(event: str) -> dict[str, str]:
    """Return the names of an event's types by path, as the page of fields has them."""
    told = _document()["events"][event]
    return {**_document()["shapes"].get(told["shape"], {}), **told["fields"]}


@cache
def fields_of(event: str) -> Fields | None:
    """Return the fields of an event by path; None where nobody says such a thing."""
    if event not in _document()["events"]:
        return None
    return Told({path: _field(name) for path, name in told_of(event).items()}, noun_of(event))


def _field(name: str) -> Field:
    kind = _KINDS[name.removesuffix("[]")]
    return Field(list[kind] if name.endswith("[]") else kind)  # type: ignore[valid-type]


def noun_of(event: str) -> str:
    """Return the noun of a type: `crm.deals.deal.created.v1` → `deal`."""
    return event.split(".")[2]


def place_of(event: str, path: str) -> str | None:
    """Return where an event tells a field: at this path, or under its own noun."""
    known = fields_of(event) or Fields()
    return next((one for one in (path, f"{noun_of(event)}.{path}") if one in known), None)


@cache
def credit_of(event: str) -> tuple[str | None, str | None]:
    """Return where an event says to whose credit it is: owner and team, where it does."""
    known = sorted(fields_of(event) or {})
    noun = noun_of(event)
    return (
        _first(known, f"{noun}.owner_id", ".owner_id"),
        _first(known, f"{noun}.team_id", ".team_id"),
    )


def _first(known: list[str], best: str, ending: str) -> str | None:
    return best if best in known else next((path for path in known if path.endswith(ending)), None)


def currency_of(event: str, path: str) -> str | None:
    """Return where the currency of a money field stands; None for what is no money."""
    known = fields_of(event) or Fields()
    parent, _dot, name = path.rpartition(".")
    beside = f"{parent}.currency" if parent else "currency"
    is_amount = known[path].kind is Decimal and name not in _NO_MONEY
    return beside if is_amount and beside in known else None


def is_personal(path: str) -> bool:
    """Tell whether groups by a field would be single people."""
    return path.rpartition(".")[2] in _PERSONAL


def is_grouped(path: str, field: Field) -> bool:
    """Tell whether a field has few enough values to be cut by: an id, a code, yes or no."""
    return not field.many and field.kind in _GROUPED and not path.endswith(TYPED_BY_PEOPLE)
