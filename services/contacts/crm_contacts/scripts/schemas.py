"""Bodies of the scripts feature."""

from typing import Annotated, Any, Literal, TypeAlias
from uuid import UUID

from pydantic import AwareDatetime, BaseModel, ConfigDict, Field, PlainSerializer

from crm_contacts.users.schemas import Language, Name
from crm_shared.http.bodies import NOT_SENT

Key: TypeAlias = Annotated[str, Field(pattern=r"^[a-z][a-z0-9_]{0,39}$")]
Words: TypeAlias = Annotated[
    dict[Language, Annotated[str, Field(min_length=1, max_length=5000)]], Field(min_length=1)
]
Noun: TypeAlias = Literal["contact", "lead", "deal"]
Action: TypeAlias = Literal[
    "call", "write", "meet", "send_quote", "issue_invoice", "remind_of_payment", "qualify", "other"
]


class Answer(BaseModel):
    """What the client may say, and the step that it leads to: a later one, or `end`."""

    model_config = ConfigDict(extra="forbid")

    key: Key
    text: Words
    next: Key | None = None


class StepIn(BaseModel):
    """What to do and to say; without `next` the following step in the list comes."""

    model_config = ConfigDict(extra="forbid")

    key: Key
    action: Action = "other"
    text: Words
    answers: Annotated[list[Answer], Field(max_length=20)] = []
    next: Key | None = None


def _stored(steps: list[StepIn]) -> list[dict[str, Any]]:
    return [step.model_dump(mode="json") for step in steps]


Steps: TypeAlias = Annotated[
    list[StepIn], Field(min_length=1, max_length=100), PlainSerializer(_stored)
]


class ScriptChangeIn(BaseModel):
    """Fields that can be changed; what is not sent stays."""

    model_config = ConfigDict(extra="forbid")

    name: Name = NOT_SENT
    status: Annotated[str, Field(min_length=1, max_length=100)] | None = Field(
        default=None,
        description="a lead's status, a contact's lifecycle stage, a deal's stage id; empty: every",
    )
    is_active: bool = True
    priority: Annotated[int, Field(ge=-1000, le=1000)] = 0
    steps: Steps = NOT_SENT


class ScriptIn(ScriptChangeIn):
    """A new script."""

    name: Name
    noun: Noun
    steps: Steps


class ScriptOut(BaseModel):
    id: UUID
    revision: int
    name: str
    noun: Noun
    status: str | None
    is_active: bool
    priority: int
    steps: list[StepIn]
    created_at: AwareDatetime
    updated_at: AwareDatetime


class CompleteIn(BaseModel):
    """The step that was done with a record, and what was answered if the step asks."""

    model_config = ConfigDict(extra="forbid")

    record_id: UUID
    step: Key
    answer: Key | None = None


class RunOut(BaseModel):
    """How far a record has come; `step` is the next one, empty at the end."""

    script_id: UUID
    script_version: int
    record_id: UUID
    step: str | None
    finished_at: AwareDatetime | None


class StepCountOut(BaseModel):
    script_version: int
    step: str
    answer: str | None
    completed: int


class CompletionOut(BaseModel):
    """How a script is used: records that began, that came to an end, and each step's answers.

    `completion` is finished / begun; empty while nothing has begun.
    """

    begun: int
    finished: int
    completion: float | None
    steps: list[StepCountOut]
