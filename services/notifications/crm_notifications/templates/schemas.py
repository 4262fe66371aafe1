"""Bodies of the templates feature."""

from datetime import datetime
from typing import Annotated, Any
from uuid import UUID

from pydantic import BaseModel, ConfigDict, Field, StringConstraints

from crm_notifications.channels.rules import Channel
from crm_shared.settings import LANGUAGES

LongName = Annotated[str, StringConstraints(strip_whitespace=True, min_length=1, max_length=200)]
Language = Annotated[str, StringConstraints(pattern=f"^({'|'.join(LANGUAGES)})$")]


def left_out() -> Any:
    """A field that may be left out of a change, though it may not be null."""
    return Field(default_factory=lambda: None)


class TextIn(BaseModel):
    """What a template says in one language; Liquid with the variables of `/variables`."""

    model_config = ConfigDict(extra="forbid")

    subject: str = Field(
        default="",
        max_length=400,
        description="E-mails and letters within the application need one",
        examples=["{{ deal.title }}"],
    )
    text: str = Field(
        min_length=1, max_length=50_000, examples=["Вітаємо, {{ contact.first_name }}!"]
    )
    html: str | None = Field(default=None, max_length=200_000)


class TemplateIn(BaseModel):
    """A new template."""

    model_config = ConfigDict(extra="forbid")

    name: LongName
    channel: Channel = Channel.EMAIL
    texts: dict[Language, TextIn] = Field(min_length=1)
    source_system: str | None = Field(default=None, max_length=64)
    external_id: str | None = Field(default=None, max_length=200)


class TemplateChangeIn(BaseModel):
    """What changes of a template; texts are replaced as a whole."""

    model_config = ConfigDict(extra="forbid")

    name: LongName = left_out()
    texts: Annotated[dict[Language, TextIn], Field(min_length=1)] = left_out()


class TextOut(BaseModel):
    subject: str
    text: str
    html: str | None


class TemplateOut(BaseModel):
    """A template."""

    model_config = ConfigDict(from_attributes=True)

    id: UUID
    revision: int
    name: str
    channel: str
    texts: dict[str, TextOut]
    source_system: str | None
    external_id: str | None
    created_at: datetime
    updated_at: datetime


class PreviewIn(BaseModel):
    """In which language, and which sample values to replace, by dotted name."""

    model_config = ConfigDict(extra="forbid")

    language: Language | None = None
    values: dict[str, Annotated[str, StringConstraints(max_length=1000)]] = Field(
        default={}, max_length=100, examples=[{"contact.first_name": "Олена"}]
    )


class PreviewOut(BaseModel):
    """A template as its recipient would read it."""

    language: str
    subject: str
    text: str
    html: str | None


class VariableOut(BaseModel):
    """Something a template may name."""

    name: str
    sample: str | None
