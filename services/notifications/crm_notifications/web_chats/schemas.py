"""Bodies of the web chats feature."""

from datetime import datetime
from typing import Annotated, Literal
from uuid import UUID

from pydantic import AfterValidator, BaseModel, ConfigDict, Field, HttpUrl, StringConstraints

from crm_notifications.templates.schemas import left_out
from crm_notifications.web_chats.rules.visits import origin_of

Language = Literal["en", "uk", "ru"]
Unknown = Literal["keep", "lead"]
Name = Annotated[str, StringConstraints(strip_whitespace=True, min_length=1, max_length=200)]
Origin = Annotated[
    str,
    AfterValidator(origin_of),
    Field(max_length=300, examples=["https://shop.example.org"]),
]
Origins = Annotated[list[Origin], Field(min_length=1, max_length=20)]
Words = Annotated[
    dict[Language, Annotated[str, StringConstraints(strip_whitespace=True, max_length=500)]],
    Field(examples=[{"en": "Ask us", "uk": "Запитайте нас"}]),
]
PrivacyUrl = Annotated[HttpUrl, AfterValidator(str)]
Color = Annotated[str, Field(pattern=r"^#[0-9a-fA-F]{6}$")]
PerMinute = Annotated[int, Field(ge=1, le=10_000)]
PerHour = Annotated[int, Field(ge=1, le=1_000)]
Text = Annotated[str, StringConstraints(strip_whitespace=True, min_length=1, max_length=4000)]
Address = Annotated[str, StringConstraints(strip_whitespace=True, max_length=320)]
Phone = Annotated[str, StringConstraints(strip_whitespace=True, max_length=40)]
ShortName = Annotated[str, StringConstraints(strip_whitespace=True, max_length=100)]


class WebChatIn(BaseModel):
    """A chat on web pages."""

    model_config = ConfigDict(extra="forbid")

    name: Name
    origins: Origins = Field(description="The pages on which it may stand; browsers keep to it")
    is_active: bool = True
    unknown: Unknown = Field(
        default="lead", description="What becomes of a visitor whom nobody knows"
    )
    needs_address: bool = Field(
        default=False, description="Whether e-mail or telephone must be given before writing"
    )
    asks_consent: bool = True
    privacy_url: PrivacyUrl | None = Field(
        default=None, description="Where it is written what becomes of the visitor's data"
    )
    titles: Words = {}
    greetings: Words = {}
    color: Color = "#0b5cad"
    per_minute: PerMinute = Field(default=120, description="Messages of all visitors together")
    per_address_hour: PerHour = Field(default=20, description="Visits begun from one address")


class WebChatChangeIn(BaseModel):
    """What changes of a chat."""

    model_config = ConfigDict(extra="forbid")

    name: Name = left_out()
    origins: Origins = left_out()
    is_active: bool = left_out()
    unknown: Unknown = left_out()
    needs_address: bool = left_out()
    asks_consent: bool = left_out()
    privacy_url: PrivacyUrl | None = left_out()
    titles: Words = left_out()
    greetings: Words = left_out()
    color: Color = left_out()
    per_minute: PerMinute = left_out()
    per_address_hour: PerHour = left_out()


class WebChatOut(BaseModel):
    """A chat on web pages, with the lines that put it there."""

    model_config = ConfigDict(from_attributes=True)

    id: UUID
    revision: int
    name: str
    key: str
    origins: list[str]
    is_active: bool
    unknown: str
    needs_address: bool
    asks_consent: bool
    privacy_url: str | None
    titles: dict[str, str]
    greetings: dict[str, str]
    color: str
    per_minute: int
    per_address_hour: int
    created_at: datetime
    updated_at: datetime


class WebChatShownOut(WebChatOut):
    """A chat with what is pasted into the pages."""

    snippet: str = Field(description="Before `</body>` of each page")


class VisitIn(BaseModel):
    """What a visitor says before he writes."""

    model_config = ConfigDict(extra="forbid")

    consent: bool = False
    website: str = Field(
        default="", max_length=500, description="No person sees this field: leave it empty"
    )


class VisitOut(BaseModel):
    """What a visitor comes back with, in `X-Chat-Visit`, for thirty days."""

    visit: str


class WrittenIn(BaseModel):
    """One message of a visitor, and how he can be reached."""

    model_config = ConfigDict(extra="forbid")

    id: UUID = Field(description="Made by the page: the same message again is not written twice")
    text: Text
    name: ShortName | None = None
    email: Address | None = None
    phone: Phone | None = None
    language: Language | None = None


class WordOut(BaseModel):
    """One message as the visitor sees it."""

    id: str = Field(description="Of his own messages the id that his page gave them")
    direction: str = Field(description="inbound: his; outbound: ours")
    text: str
    at: datetime


class TalkOut(BaseModel):
    """What was said so far, the newest last, up to 200; `seen` is for the next question."""

    messages: list[WordOut]
    seen: int
