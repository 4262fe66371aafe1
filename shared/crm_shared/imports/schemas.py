"""Bodies of imports."""

from datetime import datetime
from typing import Annotated, Any, Literal
from uuid import UUID

from pydantic import BaseModel, ConfigDict, Field

from crm_shared.imports.mapping import ImportMapping

State = Literal[
    "awaiting_file",
    "held",
    "undoing",
    "undone",
    "queued",
    "checking",
    "running",
    "completed",
    "failed",
    "cancelled",
]


class ImportIn(BaseModel):
    """What the rows of a file become; the file itself follows by PUT."""

    model_config = ConfigDict(extra="forbid")

    noun: Annotated[str, Field(min_length=1, max_length=64, examples=["deal"])]
    mapping: ImportMapping
    source_system: Annotated[str, Field(pattern=r"^[\w.-]{1,64}$")] = Field(
        default="csv", description="Whose external ids they are"
    )
    dry_run: bool = Field(default=False, description="Check every row, change nothing")
    hold: bool = Field(
        default=False, description="Wait with the whole file for a preview, until it is started"
    )


class MappingIn(BaseModel):
    """Another mapping for a file that waits."""

    model_config = ConfigDict(extra="forbid")

    mapping: ImportMapping
    dry_run: bool | None = Field(default=None, description="As it was when absent")


class PreviewFaultOut(BaseModel):
    """One thing that would keep a row out."""

    column: str | None
    code: str
    detail: str


class PreviewRowOut(BaseModel):
    """A row as it would be understood."""

    row: int
    outcome: Literal["created", "updated", "unchanged", "skipped", "failed"]
    values: dict[str, Any] = Field(description="By field; references are ids")
    errors: list[PreviewFaultOut]


class PreviewOut(BaseModel):
    """The first rows of a file as an import would take them; nothing is written."""

    columns: list[str]
    rows: list[PreviewRowOut]


class ImportOut(BaseModel):
    """An import and how far it is."""

    model_config = ConfigDict(from_attributes=True)

    id: UUID
    noun: str
    source_system: str
    dry_run: bool
    state: State
    size: int | None = Field(description="Bytes of the file")
    encoding: str | None
    delimiter: str | None
    rows_total: int | None = Field(description="Null until the file has been read once")
    rows_done: int
    created: int
    updated: int
    unchanged: int
    failed: int
    skipped: int
    undone: int = Field(description="Records that were taken back")
    created_at: datetime
    started_at: datetime | None
    finished_at: datetime | None


class ImportFailureOut(BaseModel):
    """One thing wrong with one row; several may be of one row."""

    model_config = ConfigDict(from_attributes=True)

    id: UUID
    row: int | None = Field(description="As a spreadsheet counts; null: the whole file")
    column: str | None
    code: str
    detail: str
