"""Bodies of the task rules feature."""

from datetime import timedelta
from typing import Annotated, Any, Literal, Self, TypeAlias
from uuid import UUID

from pydantic import (
    AfterValidator,
    AliasChoices,
    AwareDatetime,
    BaseModel,
    ConfigDict,
    Field,
    PlainSerializer,
    StringConstraints,
    ValidationInfo,
    field_validator,
    model_validator,
)
from pydantic_core import PydanticCustomError

from crm_contacts.contacts.schemas import Instant
from crm_contacts.tasks.models import TaskPriority
from crm_contacts.tasks.schemas import Kind, Title
from crm_contacts.users.schemas import Language
from crm_shared.http.bodies import NOT_SENT

MAX_DUE_IN = timedelta(days=3650)


def _within_reach(value: timedelta) -> timedelta:
    if not -MAX_DUE_IN <= value <= MAX_DUE_IN:
        raise ValueError("a task can be due within ten years")
    return value


DueIn: TypeAlias = Annotated[timedelta, AfterValidator(_within_reach)]
Name: TypeAlias = Annotated[
    str, StringConstraints(strip_whitespace=True, min_length=1, max_length=200)
]


class TaskTemplate(BaseModel):
    """A task to be made: `due_in` is an ISO 8601 duration or seconds after the event.

    `due_counts` says what is counted: all hours, working hours, or whole working days.
    """

    model_config = ConfigDict(extra="forbid")

    title: Annotated[dict[Language, Title], Field(min_length=1)]
    kind: Kind = "todo"
    due_in: Annotated[
        DueIn | None,
        # stored as seconds, told as a duration
        Field(validation_alias=AliasChoices("due_in", "due_in_s")),
    ] = None
    due_counts: Annotated[
        Literal["clock", "working_hours", "working_days"], Field(validate_default=True)
    ] = "clock"
    assignee: Literal["owner", "team_head"] | UUID = "owner"
    priority: TaskPriority = TaskPriority.NORMAL

    @field_validator("due_counts")
    @classmethod
    def _can_be_counted(cls, counted: str, info: ValidationInfo) -> str:
        due_in = info.data.get("due_in")
        if counted == "clock" or due_in is None:
            return counted
        if due_in < timedelta(0):
            raise PydanticCustomError("backwards", "working time is counted forwards")
        if counted == "working_days" and due_in % timedelta(days=1):
            raise PydanticCustomError("not-whole-days", "due_in must be whole days, as P2D")
        return counted

    def stored(self) -> dict[str, Any]:
        """Return the template as the rule keeps it."""
        plain = self.model_dump(mode="json", exclude={"due_in"})
        return {**plain, "due_in_s": None if self.due_in is None else self.due_in.total_seconds()}


Templates: TypeAlias = Annotated[
    list[TaskTemplate],
    Field(max_length=20),
    PlainSerializer(lambda some: [template.stored() for template in some]),
]


Noun: TypeAlias = Literal["contact", "company", "lead", "case"]
Sentence: TypeAlias = Annotated[str, StringConstraints(min_length=1, max_length=5000)]
Tag: TypeAlias = Annotated[
    str, StringConstraints(strip_whitespace=True, min_length=1, max_length=64)
]


class _Action(BaseModel):
    model_config = ConfigDict(extra="forbid")


class WriteNote(_Action):
    """Write a note about the contact, the company and the deal of the event."""

    do: Literal["note"]
    text: Annotated[dict[Language, Sentence], Field(min_length=1)]


class SetOwner(_Action):
    """Give a record to somebody, or to nobody."""

    do: Literal["set_owner"]
    of: Noun
    owner_id: UUID | None


class Assign(_Action):
    """Give a record to one of several: in turn, to the least busy, to the head, or by a rule."""

    do: Literal["assign"]
    of: Noun
    how: Literal["round_robin", "least_busy", "team_head", "by_rule"]
    rule_id: UUID | None = Field(default=None, description="the assignment rule of `by_rule`")
    team_id: UUID | None = Field(default=None, description="The event's own team when absent")
    user_ids: Annotated[list[UUID], Field(max_length=200)] = []

    @model_validator(mode="after")
    def _names_the_rule(self) -> Self:
        if (self.how == "by_rule") != (self.rule_id is not None):
            raise ValueError("`rule_id` belongs to `by_rule`")
        return self


class AddTags(_Action):
    """Tag a record, for segments."""

    do: Literal["add_tags"]
    of: Literal["contact", "company", "case"]
    tags: Annotated[list[Tag], Field(min_length=1, max_length=50)]


Action: TypeAlias = Annotated[WriteNote | SetOwner | Assign | AddTags, Field(discriminator="do")]
Actions: TypeAlias = Annotated[
    list[Action],
    Field(max_length=20),
    PlainSerializer(lambda some: [one.model_dump(mode="json") for one in some]),
]


class TaskRuleChangeIn(BaseModel):
    """Fields that can be changed; what is not sent stays."""

    model_config = ConfigDict(extra="forbid")

    name: Name = NOT_SENT
    event_type: Annotated[str, Field(max_length=100)] = NOT_SENT
    conditions: dict[str, Any] = {}
    tasks: Templates = []
    actions: Actions = []
    close_open_tasks_of_left_stage: bool = False
    is_active: bool = True
    on_bulk: bool = False
    priority: Annotated[int, Field(ge=-1000, le=1000)] = 0
    active_from: Instant | None = None


class TaskRuleIn(TaskRuleChangeIn):
    name: Name
    event_type: Annotated[str, Field(max_length=100)]
    source_system: Annotated[str, Field(pattern=r"^[\w.-]{1,64}$")] | None = None
    external_id: Annotated[str, Field(min_length=1, max_length=200)] | None = None


class TaskRuleOut(BaseModel):
    id: UUID
    revision: int
    name: str
    event_type: str
    conditions: dict[str, Any]
    tasks: list[TaskTemplate]
    actions: list[Action]
    close_open_tasks_of_left_stage: bool
    is_active: bool
    on_bulk: bool
    priority: int
    active_from: AwareDatetime
    source_system: str | None
    external_id: str | None
    created_at: AwareDatetime
    updated_at: AwareDatetime


class RunOut(BaseModel):
    event_id: UUID
    subject_id: UUID
    rule_version: int
    outcome: Literal["done", "skipped"]
    reason: str | None
    ran_at: AwareDatetime
