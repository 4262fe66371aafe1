"""Bodies of the presets feature."""

from typing import Annotated, Any

from pydantic import BaseModel, ConfigDict, Field

PresetId = Annotated[
    str,
    Field(
        pattern=r"^[A-Za-z0-9-]{1,100}$",
        description="Under which its parts are known here: the pipeline's id; twice is once",
    ),
]


class ContactsPart(BaseModel):
    """What contacts keeps of a preset; ids in conditions are already those of this system."""

    model_config = ConfigDict(extra="forbid")

    task_rules: Annotated[list[dict[str, Any]], Field(max_length=100)] = Field(
        default_factory=list, description="Each as `POST /v1/task-rules` takes it"
    )


class ApplyPartIn(BaseModel):
    """A part of a preset."""

    model_config = ConfigDict(extra="forbid")

    preset_id: PresetId
    part: ContactsPart
    dry_run: bool = Field(default=False, description="Check everything, change nothing")


class AppliedPartOut(BaseModel):
    """What was made, or would be; what was there already is used as it is."""

    dry_run: bool
    created: dict[str, int]
    reused: list[str] = Field(description="Names of what was there already")
