"""Bodies of the presets feature."""

from typing import Annotated, Any, Literal
from uuid import UUID

from pydantic import BaseModel, ConfigDict, Field

Key = Annotated[str, Field(pattern=r"^[a-z0-9][a-z0-9_-]{0,39}$", examples=["won"])]
Section = Annotated[list[dict[str, Any]], Field(max_length=100)]


class Body(BaseModel):
    """A body in which an unknown field is a mistake."""

    model_config = ConfigDict(extra="forbid", str_strip_whitespace=True)


class Part(BaseModel):
    """A stage or a reason: a key that other parts name, and what its own route takes."""

    model_config = ConfigDict(extra="allow")

    key: Key


class PipelinePart(BaseModel):
    """The pipeline: what its own route takes, without its stages."""

    model_config = ConfigDict(extra="allow")


class DealsPart(Body):
    """What deals keeps of a preset; `$stage:KEY`, `$reason:KEY`, `$pipeline` stand for ids."""

    pipeline: PipelinePart
    stages: Annotated[list[Part], Field(min_length=1, max_length=100)]
    custom_fields: Section = Field(
        default_factory=list, description="Of deals; one of the same key and type is used as it is"
    )
    reasons: Annotated[list[Part], Field(max_length=200)] = Field(default_factory=list)
    rules: Section = Field(default_factory=list)
    validations: Section = Field(default_factory=list)
    approval_policies: Section = Field(default_factory=list)


class Preset(Body):
    """A way of selling as one file.

    A text may be `{"$text": {"en": …, "uk": …, "ru": …}}`. `contacts` holds what the contacts
    service keeps (task rules), `notifications` what the notifications service keeps (templates,
    message rules): both are handed through, `./crm preset apply` sends them there.
    """

    format: Literal["crm-preset/1"] = "crm-preset/1"
    name: Any = Field(description="A text, or a text by language")
    description: Any = None
    deals: DealsPart
    contacts: dict[str, Section] = Field(default_factory=dict)
    notifications: dict[str, Section] = Field(default_factory=dict)


class ApplyPresetIn(Body):
    """A preset, and in which language and under which label to set it up."""

    preset: Preset
    language: Literal["en", "uk", "ru"] = "en"
    label: Annotated[str, Field(min_length=1, max_length=100)] | None = Field(
        default=None, description="Of the pipeline, instead of the preset's"
    )
    dry_run: bool = False


class AppliedPresetOut(BaseModel):
    """What was set up, or would be."""

    dry_run: bool
    pipeline_id: UUID | None
    label: str
    created: dict[str, int] = Field(description="How many of each kind")
    reused: list[str] = Field(description="What was there already, by label, key or name")
    references: dict[str, str] = Field(description="The ids that the preset's names became")
    contacts: dict[str, list[dict[str, Any]]] = Field(
        description="What the contacts service is to be sent, its names replaced; in a dry run by "
        "ids that will not stay, so that the part can be checked there"
    )
    notifications: dict[str, list[dict[str, Any]]] = Field(
        description="What the notifications service is to be sent, likewise"
    )
