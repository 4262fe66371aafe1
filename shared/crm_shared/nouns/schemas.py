"""Bodies of custom fields, tags and views."""

from datetime import datetime
from typing import Annotated, Any, Literal
from uuid import UUID

from pydantic import (
    BaseModel,
    ConfigDict,
    Field,
    JsonValue,
    StringConstraints,
    computed_field,
    field_validator,
    model_validator,
)

from crm_shared.http.bodies import NOT_SENT
from crm_shared.money import Currency
from crm_shared.nouns.kinds import FieldType

Key = Annotated[str, Field(pattern=r"^[a-z][a-z0-9_]{0,39}$", examples=["delivery_terms"])]
Code = Annotated[str, Field(pattern=r"^[a-z0-9][a-z0-9_.-]{0,39}$", examples=["pickup"])]
Label = Annotated[str, StringConstraints(strip_whitespace=True, min_length=1, max_length=200)]
Tag = Annotated[str, StringConstraints(strip_whitespace=True, min_length=1, max_length=60)]
Name = Annotated[str, StringConstraints(strip_whitespace=True, min_length=1, max_length=200)]
# what a body of a noun takes; each value by its definition
CustomFields = Annotated[
    dict[str, JsonValue],
    Field(
        max_length=100,
        description="By key; what is not sent stays, null empties a field; see /schema",
        examples=[{}],
    ),
]
MOST_IDS = 500


class Body(BaseModel):
    """A body in which an unknown field is a mistake."""

    model_config = ConfigDict(extra="forbid")


class Labels(Body):
    """What people read, in at least one of the languages."""

    model_config = ConfigDict(extra="forbid", from_attributes=True)

    en: Label | None = None
    uk: Label | None = None
    ru: Label | None = None

    @model_validator(mode="after")
    def _says_something(self) -> "Labels":
        if not (self.en or self.uk or self.ru):
            raise ValueError("needs a label in one of en, uk, ru")
        return self

    def kept(self) -> dict[str, str]:
        """Return it as it is stored."""
        return self.model_dump(exclude_none=True)


class OptionIn(Body):
    """One of the values that a choice allows."""

    code: Code
    labels: Labels
    is_archived: bool = Field(default=False, description="Stays where it is, is chosen no more")


Options = Annotated[list[OptionIn], Field(max_length=200)]


class CustomFieldChangeIn(Body):
    """Changes of a definition; what is not sent stays."""

    type: FieldType = NOT_SENT
    of: Annotated[str, Field(max_length=20)] | None = Field(
        default=None, description="The noun that a reference points to"
    )
    labels: Labels = NOT_SENT
    options: Options = []
    default: JsonValue = Field(default=None, description="What a new record gets")
    currency: Currency | None = Field(default=None, description="Of money sent without one")
    position: Annotated[int, Field(ge=0, le=1000)] = 0
    is_required: bool = False
    is_unique: bool = False
    is_personal: bool = Field(
        default=NOT_SENT, description="Never told in events; true for texts when absent"
    )
    is_indexed: bool = Field(
        default=False, description="An index of its own: quick ranges of numbers, days, instants"
    )

    def given(self) -> dict[str, Any]:
        """Return what the caller sent, as it is stored."""
        sent = self.model_dump(mode="json", exclude_unset=True)
        if "labels" in sent:
            sent["labels"] = self.labels.kept()
        if "options" in sent:
            sent["options"] = [
                {"code": one.code, "labels": one.labels.kept(), "is_archived": one.is_archived}
                for one in self.options
            ]
        return sent


class CustomFieldIn(CustomFieldChangeIn):
    """A new field of a noun."""

    key: Key
    type: FieldType
    labels: Labels


class OptionOut(BaseModel):
    code: str
    labels: dict[str, str]
    is_archived: bool


class CustomFieldOut(BaseModel):
    """A custom field's definition; values are written and read as `custom_fields.<key>`."""

    model_config = ConfigDict(from_attributes=True)

    id: UUID
    revision: int
    noun: str
    key: str
    type: FieldType
    of: str | None
    labels: dict[str, str]
    options: list[OptionOut]
    default: Any
    currency: str | None
    position: int
    is_required: bool
    is_unique: bool
    is_personal: bool
    is_indexed: bool
    is_archived: bool
    created_at: datetime
    updated_at: datetime


class TagsIn(Body):
    """Tags put on and taken off one record."""

    add: Annotated[list[Tag], Field(max_length=100)] = []
    remove: Annotated[list[Tag], Field(max_length=100)] = []

    @field_validator("add", "remove")
    @classmethod
    def _each_once(cls, tags: list[str]) -> list[str]:
        return list(dict.fromkeys(tags))

    @model_validator(mode="after")
    def _does_something(self) -> "TagsIn":
        if not (self.add or self.remove):
            raise ValueError("says neither add nor remove")
        if set(self.add) & set(self.remove):
            raise ValueError("a tag is either put on or taken off")
        return self


class ManyTagsIn(TagsIn):
    """Tags put on and taken off many records: those of a list, or those that a filter finds."""

    ids: Annotated[list[UUID], Field(min_length=1, max_length=MOST_IDS)] | None = None
    filter: dict[str, Any] | None = Field(
        default=None, description="A tree as /search takes it", examples=[{"and": []}]
    )

    @model_validator(mode="after")
    def _says_which(self) -> "ManyTagsIn":
        if (self.ids is None) == (self.filter is None):
            raise ValueError("says either ids or filter")
        return self


class RenameTagIn(Body):
    """Another name for a tag; one that is there already takes its records over."""

    old: Tag
    new: Tag


class TagsOut(BaseModel):
    """A record's tags after the change."""

    model_config = ConfigDict(from_attributes=True)

    id: UUID
    revision: int
    tags: list[str]


class TagResultOut(BaseModel):
    """What became of a change of many; with `has_more`, send it again for the rest."""

    model_config = ConfigDict(from_attributes=True)

    changed: int
    found: int
    has_more: bool


class TagCountOut(BaseModel):
    """A tag, and how many records within one's scope have it."""

    model_config = ConfigDict(from_attributes=True)

    tag: str
    count: int


class TagListOut(BaseModel):
    """The tags in use, the most used first."""

    items: list[TagCountOut]


Sharing = Literal["private", "team", "all"]
Columns = Annotated[list[Annotated[str, Field(max_length=100)]], Field(max_length=100)]


class ViewChangeIn(Body):
    """Changes of a view; what is not sent stays."""

    name: Name = NOT_SENT
    sharing: Sharing = "private"
    team_id: UUID | None = Field(default=None, description="With whom, when shared with a team")
    filter: dict[str, Any] | None = Field(default=None, description="A tree as /search takes it")
    columns: Columns = []
    sort: Annotated[str, Field(max_length=200)] | None = None


class ViewIn(ViewChangeIn):
    """A new view."""

    name: Name


class ViewFaultOut(BaseModel):
    """A part of a view that the noun does not know any more."""

    model_config = ConfigDict(from_attributes=True)

    pointer: str
    code: str
    detail: str


class ViewOut(BaseModel):
    """A saved view. A broken one still works: what cannot be asked any more is left out."""

    model_config = ConfigDict(from_attributes=True)

    id: UUID
    revision: int
    noun: str
    name: str
    owner_id: UUID
    sharing: Sharing
    team_id: UUID | None
    filter: dict[str, Any] | None
    columns: list[str]
    sort: str | None
    faults: list[ViewFaultOut]
    is_default: bool = Field(description="Whether it is what the caller takes by default")
    created_at: datetime
    updated_at: datetime

    @computed_field  # type: ignore[prop-decorator]
    @property
    def is_broken(self) -> bool:
        """Whether a field of it has vanished."""
        return bool(self.faults)


class DefaultViewIn(Body):
    """Which view the caller takes by default; null for none."""

    view_id: UUID | None


class DefaultViewOut(BaseModel):
    """Which view the caller takes by default."""

    view_id: UUID | None
