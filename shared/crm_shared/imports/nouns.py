"""What a service says of a noun that can be imported: its fields, its references, its writer."""

from collections.abc import Awaitable, Callable, Collection, Mapping, Sequence
from dataclasses import dataclass, field, replace
from enum import StrEnum
from typing import Any, Literal, TypeAlias
from uuid import UUID

from pydantic_core import to_jsonable_python
from sqlalchemy.ext.asyncio import AsyncSession

from crm_shared.actor import Access, Permission
from crm_shared.errors import FieldError

CUSTOM = "custom."
Put: TypeAlias = Literal["created", "updated", "unchanged"]
# what became of one row: it was put, or these faults kept it out
Outcome: TypeAlias = Put | Sequence[FieldError]


class Kind(StrEnum):
    """How the text of a cell is read."""

    TEXT = "text"
    NUMBER = "number"
    DAY = "day"
    MOMENT = "moment"
    FLAG = "flag"
    REFERENCE = "reference"
    ITEMS = "items"


@dataclass(frozen=True, slots=True)
class Field:
    """One field of a noun: how it is read; `many` holds several, split at a sign.

    `of` names what a reference points to; `key` wraps each of many values in an object;
    `items` are the fields of nested rows.
    """

    kind: Kind = Kind.TEXT
    many: bool = False
    of: str = ""
    key: str | None = None
    items: Mapping[str, "Field"] = field(default_factory=dict)


TEXT, NUMBER, DAY, MOMENT, FLAG = (
    Field(kind) for kind in (Kind.TEXT, Kind.NUMBER, Kind.DAY, Kind.MOMENT, Kind.FLAG)
)


def reference(of: str, *, many: bool = False) -> Field:
    """Return a field that points to another record."""
    return Field(Kind.REFERENCE, many=many, of=of)


@dataclass(frozen=True, slots=True)
class Desk:
    """What the work on one batch needs."""

    session: AsyncSession
    access: Access
    settings: Any
    system: str


@dataclass(frozen=True, slots=True)
class Names:
    """Names of records to be found: in which system, by which property, within which parent."""

    by: str
    system: str
    within: str | None
    texts: Collection[str]


@dataclass(frozen=True, slots=True)
class Finder:
    """Finds records by name; what another service owns may arrive a little later."""

    find: Callable[[Desk, Names], Awaitable[Mapping[str, UUID]]]
    by: frozenset[str] = frozenset({"external_id"})
    is_foreign: bool = False


# texts → the records that bear them; several records make a row ambiguous
KeyFinder: TypeAlias = Callable[[Desk, Collection[str]], Awaitable[Mapping[str, Sequence[UUID]]]]


@dataclass(frozen=True, slots=True)
class Undoing:
    """How an import of a noun is taken back: `remove` what it made, `put_back` what it changed.

    Both announce what they do as any other change; `put_back` gets former values by column.
    """

    model: type[Any]
    remove: Callable[[Desk, Any], Awaitable[None]]
    put_back: Callable[[Desk, Any, Mapping[str, Any]], Awaitable[None]]


@dataclass(frozen=True, slots=True)
class Noun:
    """One noun that rows can become.

    `check` turns the values of a row into what `write` takes, by the same rules as the API; it
    raises pydantic's ValidationError or InvalidError. `write` puts a batch in with few
    statements and tells what became of each; a refusal it raises is narrowed down to its rows.
    `keys` find a record by something other than its external id: `check` then gets `record_id`.
    `more` are fields that a company adds itself.
    """

    name: str
    permission: Permission
    fields: Mapping[str, Field]
    required: frozenset[str]
    check: Callable[[Desk, dict[str, Any]], Any]
    write: Callable[[Desk, Sequence[Any]], Awaitable[Sequence[Outcome]]]
    finders: Mapping[str, Finder] = field(default_factory=dict)
    keys: Mapping[str, KeyFinder] = field(default_factory=dict)
    undoing: Undoing | None = None
    more: Callable[[AsyncSession], Awaitable[Mapping[str, Field]]] | None = None

    async def whole(self, session: AsyncSession) -> "Noun":
        """Return the noun with the custom fields that it has now: `custom.<key>`."""
        if self.more is None:
            return self
        return replace(self, fields={**self.fields, **await self.more(session)})


def gathered(values: Mapping[str, Any]) -> dict[str, Any]:
    """Return the values of a row with its custom fields where the API takes them."""
    # as the API takes them: decimals, days and ids as texts
    custom = {
        name.removeprefix(CUSTOM): to_jsonable_python(value)
        for name, value in values.items()
        if name.startswith(CUSTOM)
    }
    plain = {name: value for name, value in values.items() if not name.startswith(CUSTOM)}
    return {**plain, "custom_fields": custom} if custom else plain
