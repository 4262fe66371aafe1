"""Bodies of the surveys feature."""

from datetime import datetime
from typing import Annotated, Any, Literal
from uuid import UUID

from pydantic import BaseModel, ConfigDict, Field, StringConstraints

from crm_contacts.users.schemas import Language
from crm_shared.http.bodies import NOT_SENT, ExternalIdIn
from crm_shared.money import Amount

Words = Annotated[str, StringConstraints(strip_whitespace=True, min_length=1, max_length=500)]
Texts = dict[Language, Words]
Key = Annotated[str, Field(pattern=r"^[a-z][a-z0-9_]{0,39}$", examples=["speed"])]
Kind = Literal["csat", "nps", "form"]
Name = Annotated[str, StringConstraints(strip_whitespace=True, min_length=1, max_length=200)]


class SurveyOptionIn(BaseModel):
    """One of the answers to choose from."""

    model_config = ConfigDict(extra="forbid")

    code: Key
    texts: Texts


class QuestionIn(BaseModel):
    """A question; a scale goes `from` … `to`, choice and several have options."""

    model_config = ConfigDict(extra="forbid", populate_by_name=True, serialize_by_alias=True)

    key: Key
    type: Literal["scale", "choice", "several", "text"]
    texts: Texts
    required: bool = False
    first: Annotated[int, Field(ge=0, le=10)] = Field(default=1, alias="from")
    last: Annotated[int, Field(ge=0, le=10)] = Field(default=5, alias="to")
    options: Annotated[list[SurveyOptionIn], Field(max_length=20)] = []


Questions = Annotated[list[QuestionIn], Field(min_length=1, max_length=20)]
OpenDays = Annotated[int, Field(ge=1, le=365)]
Low = Annotated[int, Field(ge=0, le=10)]


class SurveyIn(ExternalIdIn):
    """A new survey; its texts are in the languages of `titles`, all of them."""

    model_config = ConfigDict(extra="forbid")

    name: Name
    kind: Kind = "form"
    titles: Texts
    thanks: Texts = Field(default_factory=dict)
    questions: Questions
    score_key: Key | None = Field(
        default=None, description="Whose answer is the score; CSAT is 1 to 5, NPS 0 to 10"
    )
    low_score: Low | None = Field(
        default=None, description="So much or less makes a task for whoever looks after the client"
    )
    open_days: OpenDays = Field(default=30, description="How long a link can be answered")
    is_active: bool = True


class SurveyChangeIn(BaseModel):
    """What changes; once somebody was asked questions stay what they are but for their words."""

    model_config = ConfigDict(extra="forbid")

    name: Name = NOT_SENT
    titles: Texts = NOT_SENT
    thanks: Texts = NOT_SENT
    questions: Questions = NOT_SENT
    score_key: Key | None = None
    low_score: Low | None = None
    open_days: OpenDays = NOT_SENT
    is_active: bool = NOT_SENT


class SurveyOut(BaseModel):
    """A survey."""

    model_config = ConfigDict(from_attributes=True)

    id: UUID
    revision: int
    name: str
    kind: Kind
    titles: dict[str, str]
    thanks: dict[str, str]
    questions: list[dict[str, Any]]
    score_key: str | None
    low_score: int | None
    open_days: int
    is_active: bool
    source_system: str | None
    external_id: str | None
    created_at: datetime
    updated_at: datetime


class InvitationIn(BaseModel):
    """Whom to ask by hand, and about which deal or case."""

    model_config = ConfigDict(extra="forbid")

    contact_id: UUID
    deal_id: UUID | None = None
    case_id: UUID | None = None


class InvitationLinkOut(BaseModel):
    """The address at which one person answers; whoever has it may answer."""

    invitation_id: UUID
    url: str
    expires_at: datetime


class InvitationOut(BaseModel):
    """Who was asked, about what, and what he answered."""

    model_config = ConfigDict(from_attributes=True)

    id: UUID
    survey_id: UUID
    contact_id: UUID
    company_id: UUID | None
    deal_id: UUID | None
    case_id: UUID | None
    owner_id: UUID | None
    team_id: UUID | None
    expires_at: datetime
    answered_at: datetime | None
    score: Amount | None
    answers: dict[str, Any]
    words: dict[str, str]
    created_at: datetime


class ScoreOut(BaseModel):
    """CSAT: the share of four and five; NPS: −100 … 100; else the mean. null with a reason."""

    value: str | None
    mean: str | None
    n: int
    reason: str | None


class ShareOut(BaseModel):
    """How often an answer was given."""

    value: str
    n: int
    share: str | None


class QuestionResultOut(BaseModel):
    """What came of a question; texts are counted, never shown here."""

    key: str
    type: str
    answered: int
    shares: list[ShareOut]


class ResultsOut(BaseModel):
    """What came of a survey, within one's scope."""

    survey_id: UUID
    invited: int
    answered: int
    response_rate: str | None
    score: ScoreOut
    questions: list[QuestionResultOut]


class TotalOut(BaseModel):
    """A row or a column: null counts are of too few people to be told."""

    value: str
    n: int | None


class CellOut(BaseModel):
    """How many gave both answers, of the row and of the column."""

    n: int | None
    of_row: str | None
    of_column: str | None
    reason: str | None


class RowOut(TotalOut):
    """A row of the table, its cells in the order of the columns."""

    cells: list[CellOut]


class TableOut(BaseModel):
    """A question by a question, an attribute or segments; of `several` a person counts in each."""

    survey_id: UUID
    row: str
    column: str
    n: int | None
    columns: list[TotalOut]
    rows: list[RowOut]
    hidden_cells: int
