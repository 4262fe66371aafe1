"""Bodies of the presets feature."""

from typing import Annotated, Any

from pydantic import BaseModel, ConfigDict, Field

Key = Annotated[str, Field(pattern=r"^[a-z0-9][a-z0-9_-]{0,39}$", examples=["proposal-sent"])]
PresetId = Annotated[
    str,
    Field(
        pattern=r"^[A-Za-z0-9-]{1,100}$",
        description="Under which its parts are known here: the pipeline's id; twice is once",
    ),
]


class KeyedPart(BaseModel):
    """A template or a rule: a key, and what its own route takes."""

    model_config = ConfigDict(extra="allow")

    key: Key


class RulePart(KeyedPart):
    """A message rule; in place of `template_id` the key of a template of this part."""

    template: Key


Templates = Annotated[list[KeyedPart], Field(max_length=100)]
Rules = Annotated[list[RulePart], Field(max_length=100)]


class NotificationsPart(BaseModel):
    """What notifications keeps of a preset; ids in conditions are already those of this system."""

    model_config = ConfigDict(extra="forbid")

    templates: Templates = Field(default_factory=list)
    message_rules: Rules = Field(default_factory=list)

    def plain(self) -> dict[str, list[dict[str, Any]]]:
        """Return the part as plain values."""
        return self.model_dump()


class ApplyPartIn(BaseModel):
    """A part of a preset."""

    model_config = ConfigDict(extra="forbid")

    preset_id: PresetId
    part: NotificationsPart
    dry_run: bool = Field(default=False, description="Check everything, change nothing")


class AppliedPartOut(BaseModel):
    """What was made, or would be; what was there already is used as it is."""

    dry_run: bool
    created: dict[str, int]
    reused: list[str] = Field(description="Keys of what was there already")
