"""Bodies of the metrics of one's own."""

from datetime import datetime
from typing import Annotated, Any, Literal
from uuid import UUID

from pydantic import AfterValidator, BaseModel, ConfigDict, Field
from pydantic_core import PydanticCustomError

from crm_reporting.custom_metrics.rules.definitions import Function
from crm_reporting.metrics.rules.dimensions import Dimension, Direction
from crm_reporting.metrics.rules.numbers import Unit
from crm_shared.actor import Role

MOST_GROUPS = 6
# known of every event that says whose it is, and what follows from another noun
NOT_CHOSEN = frozenset(
    {Dimension.OWNER, Dimension.TEAM, Dimension.CUSTOMER, Dimension.SECTOR, Dimension.DEPARTMENT}
)
Text = Annotated[str, Field(min_length=1, max_length=200)]
Note = Annotated[str, Field(max_length=2000)]
Path = Annotated[
    str, Field(pattern=r"^[a-z][a-z0-9_.]{0,99}(:[a-z_]{1,12})?$", examples=["deal.amount"])
]


def _is_chosen(told: Dimension) -> Dimension:
    if told in NOT_CHOSEN:
        raise PydanticCustomError("not-chosen", "owner and team are cut anyway; this one cannot be")
    return told


Cut = Annotated[Dimension, AfterValidator(_is_chosen)]


class TitleIn(BaseModel):
    """What it is called; a language that is left out reads the English one."""

    model_config = ConfigDict(extra="forbid", str_strip_whitespace=True)

    en: Text
    uk: Text | None = None
    ru: Text | None = None


class DescriptionIn(BaseModel):
    """What it means, in up to three languages."""

    model_config = ConfigDict(extra="forbid", str_strip_whitespace=True)

    en: Note = ""
    uk: Note | None = None
    ru: Note | None = None


class SourceIn(BaseModel):
    """What is measured, of which events; `GET /v1/custom-metrics/fields` names both.

    `count` counts events, `count_distinct` the different values of `field`; the others read a
    number or money from `field`. With `since` it is the time from that instant to `field` (an
    instant too), or to the event itself without one.
    """

    model_config = ConfigDict(extra="forbid")

    events: Annotated[
        list[Annotated[str, Field(max_length=100)]],
        Field(min_length=1, max_length=20, examples=[["crm.deals.deal.stage_changed.v1"]]),
    ]
    function: Function = Function.COUNT
    field: Path | None = None
    since: Path | None = None
    filter: dict[str, Any] | None = Field(
        default=None, description="The one filter grammar over the fields that all events tell"
    )


class CustomMetricIn(BaseModel):
    """A metric of one's own: something measured of events, or one such sum by another."""

    model_config = ConfigDict(extra="forbid")

    key: Annotated[str, Field(pattern=r"^[a-z][a-z0-9_]{0,39}$", examples=["big_deals"])]
    title: TitleIn
    description: DescriptionIn = DescriptionIn()
    unit: Unit
    direction: Direction = Field(default=Direction.UP, description="Which way is better")
    numerator: SourceIn
    denominator: SourceIn | None = None
    groups: Annotated[
        dict[Cut, Path],
        Field(
            default_factory=dict,
            max_length=MOST_GROUPS,
            description="By what it is cut beside owner and team: dimension → field of the events",
            examples=[{"channel": "channel", "kind": "deal.outcome"}],
        ),
    ]
    roles: Annotated[
        list[Literal["admin", "head", "seller", "marketing", "accountant", "viewer",
                     "integration"]] | None,
        Field(default=None, min_length=1, description="Who may read it; null: who reads metrics"),
    ]  # fmt: skip

    def values(self) -> dict[str, Any]:
        """Return the columns; a language that nobody wrote is not kept."""
        told = self.model_dump(mode="json")
        for name in ("title", "description"):
            told[name] = {key: text for key, text in told[name].items() if text}
        return told


class CustomTextsOut(BaseModel):
    """A text in the languages it was written in."""

    en: str | None = None
    uk: str | None = None
    ru: str | None = None


class SourceOut(BaseModel):
    """What is measured, of which events."""

    events: list[str]
    function: Function
    field: str | None
    since: str | None
    filter: dict[str, Any] | None


class CustomMetricOut(BaseModel):
    """A metric of one's own; `metric` is its name at `/v1/metrics`."""

    model_config = ConfigDict(from_attributes=True)

    id: UUID
    revision: int
    created_at: datetime
    updated_at: datetime
    metric: str
    key: str
    title: CustomTextsOut
    description: CustomTextsOut
    unit: Unit
    direction: Direction
    numerator: SourceOut
    denominator: SourceOut | None
    groups: dict[Dimension, str]
    roles: list[Role] | None
    counted_revision: int = Field(description="Since which revision it counts as it does")


class CustomMetricStateOut(BaseModel):
    """Whether a metric can be told.

    `counting`: its past is read, or waits to be read again after a failure. `unreadable`: this
    release's events tell a field no more that it reads; it counts nothing until it is changed.
    """

    state: Literal["counted", "counting", "unreadable"]
    counted_revision: int = Field(description="The revision whose rows it reads")
    counted_at: datetime | None = Field(description="When its past was counted to the end")


class DefinitionOut(BaseModel):
    """What a metric said at a revision."""

    key: str
    title: CustomTextsOut
    description: CustomTextsOut
    unit: Unit
    direction: Direction
    numerator: SourceOut
    denominator: SourceOut | None
    groups: dict[Dimension, str]
    roles: list[Role] | None


class VersionOut(BaseModel):
    """One version: who made it, when, and what it says."""

    model_config = ConfigDict(from_attributes=True)

    revision: int
    at: datetime
    by: UUID
    definition: DefinitionOut


class VersionsOut(BaseModel):
    """Every version of a metric, the newest first."""

    items: list[VersionOut]


class EventOut(BaseModel):
    """An event that can be counted, and its fields with their types; a list ends in []."""

    event: str
    fields: dict[str, str]


class EventsOut(BaseModel):
    """Everything that can be counted."""

    items: list[EventOut]
