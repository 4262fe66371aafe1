"""What rows have in common on their way in."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from pydantic import BaseModel

from crm_contacts.imports.errors import CREATED_IN_THE_FUTURE
from crm_shared.clock import utc_now
from crm_shared.errors import FieldError, InvalidError
from crm_shared.imports.nouns import Put
from crm_shared.validations.rules import Refusal


@dataclass(frozen=True, slots=True)
class Incoming:
    """A row that passed the rules of the API, with the date it had elsewhere."""

    values: dict[str, Any]
    created_at: datetime | None
    record_id: UUID | None = None

    @property
    def name(self) -> str:
        """The id under which the other system knows it, if it does."""
        return str(self.values.get("external_id") or "")


def checked(body: type[BaseModel], values: dict[str, Any]) -> Incoming:
    """Return a row that the API would take."""
    created_at, record_id = values.pop("created_at", None), values.pop("record_id", None)
    given = body.model_validate(values).model_dump(exclude_unset=True)
    if created_at is not None and created_at > utc_now():
        raise InvalidError(CREATED_IN_THE_FUTURE)
    return Incoming(given, created_at, record_id)


def without_name(one: Incoming) -> dict[str, Any]:
    """Return the values of a row without what names it elsewhere."""
    return {k: v for k, v in one.values.items() if k not in ("source_system", "external_id")}


def outcome(is_new: bool, is_changed: bool) -> Put:
    """Return what became of a row."""
    if is_new:
        return "created"
    return "updated" if is_changed else "unchanged"


def told(refusals: Sequence[Refusal]) -> list[FieldError]:
    """Return what validations say against a row."""
    return [FieldError(one.pointer, one.check, one.messages["en"]) for one in refusals]
