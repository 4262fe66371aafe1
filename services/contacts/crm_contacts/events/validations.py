"""Validations as events tell of them: what they look at, not what they say."""

from typing import Any

from crm_contacts.events.base import Facts
from crm_shared.events.envelope import Event

__all__ = ["ValidationCreated", "ValidationDeleted", "ValidationFacts", "ValidationUpdated"]


class ValidationFacts(Facts):
    """Which changes of contacts, companies, leads or cases a validation looks at."""

    noun: str
    on: list[str]
    stages: list[str]
    outcomes: list[str]
    fields: list[str]
    on_import: bool
    is_active: bool


class _ValidationEvent(Event):
    validation: ValidationFacts
    changed: list[str]
    previous: dict[str, Any]


class ValidationCreated(_ValidationEvent, type="crm.contacts.validation.created.v1"):
    """A change of clients or cases is forbidden from now on unless its demands are met."""


class ValidationUpdated(_ValidationEvent, type="crm.contacts.validation.updated.v1"):
    """A validation was changed, switched on or off."""


class ValidationDeleted(_ValidationEvent, type="crm.contacts.validation.deleted.v1"):
    """A validation forbids nothing any more."""
