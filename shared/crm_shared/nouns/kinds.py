"""The types of custom fields, and a definition as a process knows it."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from enum import StrEnum
from typing import Any
from uuid import UUID

LANGUAGES = ("en", "uk", "ru")


class FieldType(StrEnum):
    """What a custom field can hold."""

    TEXT = "text"
    LONG_TEXT = "long_text"
    URL = "url"
    INTEGER = "integer"
    DECIMAL = "decimal"
    MONEY = "money"
    DATE = "date"
    DATETIME = "datetime"
    BOOLEAN = "boolean"
    CHOICE = "choice"
    MULTI_CHOICE = "multi_choice"
    REFERENCE = "reference"


TYPED_BY_PEOPLE = frozenset({FieldType.TEXT, FieldType.LONG_TEXT, FieldType.URL})
WITH_OPTIONS = frozenset({FieldType.CHOICE, FieldType.MULTI_CHOICE})
# what one value of a field is told by, and what has an order worth an index
UNIQUE = frozenset({FieldType.TEXT, FieldType.URL, FieldType.INTEGER, FieldType.REFERENCE})
ORDERED = frozenset(
    {FieldType.INTEGER, FieldType.DECIMAL, FieldType.MONEY, FieldType.DATE, FieldType.DATETIME}
)
PYTHON: Mapping[FieldType, Any] = {
    FieldType.TEXT: str,
    FieldType.LONG_TEXT: str,
    FieldType.URL: str,
    FieldType.INTEGER: int,
    FieldType.DECIMAL: Decimal,
    FieldType.DATE: date,
    FieldType.DATETIME: datetime,
    FieldType.BOOLEAN: bool,
    FieldType.CHOICE: str,
    FieldType.MULTI_CHOICE: list[str],
    FieldType.REFERENCE: UUID,
}


@dataclass(frozen=True, slots=True)
class Option:
    """One of the values that a choice allows; an archived one stays where it was chosen."""

    code: str
    labels: Mapping[str, str]
    is_archived: bool = False


@dataclass(frozen=True, slots=True)
class Definition:
    """A custom field as a process knows it; never changed, only replaced."""

    key: str
    type: FieldType
    labels: Mapping[str, str]
    of: str | None = None
    is_required: bool = False
    is_unique: bool = False
    is_personal: bool = True
    is_indexed: bool = False
    is_archived: bool = False
    default: Any = None
    currency: str | None = None
    options: tuple[Option, ...] = ()

    @property
    def column(self) -> str:
        """The column that holds its values: what is personal lies apart and is never told."""
        return column_of(is_personal=self.is_personal)

    def option(self, code: str) -> Option | None:
        """Return the option of this code."""
        return next((one for one in self.options if one.code == code), None)


def column_of(*, is_personal: bool) -> str:
    """Return the column in which values of a personal, or of another, field lie."""
    return "personal_fields" if is_personal else "custom_fields"
