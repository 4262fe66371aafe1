"""What is told of definitions and views; each service names the events as its own."""

from typing import Any
from uuid import UUID

from pydantic import BaseModel, ConfigDict

from crm_shared.events.envelope import Event


class OptionFacts(BaseModel):
    """A value that a choice allows."""

    model_config = ConfigDict(from_attributes=True)

    code: str
    labels: dict[str, str]
    is_archived: bool = False


class CustomFieldFacts(BaseModel):
    """A custom field of a noun: its labels are the company's configuration."""

    model_config = ConfigDict(from_attributes=True)

    noun: str
    key: str
    type: str
    of: str | None
    labels: dict[str, str]
    options: list[OptionFacts]
    currency: str | None
    position: int
    is_required: bool
    is_unique: bool
    is_personal: bool
    is_indexed: bool
    is_archived: bool


class CustomFieldEvent(Event):
    """What every event of a definition has."""

    custom_field: CustomFieldFacts
    changed: list[str]
    previous: dict[str, Any]


class SavedViewFacts(BaseModel):
    """Whose view it is and who shares it; its name and its filter are somebody's text."""

    model_config = ConfigDict(from_attributes=True)

    noun: str
    owner_id: UUID
    sharing: str
    team_id: UUID | None


class SavedViewEvent(Event):
    """What every event of a saved view has."""

    saved_view: SavedViewFacts
    changed: list[str]
    previous: dict[str, Any]
