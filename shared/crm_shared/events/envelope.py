"""Envelopes: CloudEvents 1.0, structured JSON, with this system's extensions."""

from datetime import datetime
from typing import Any, ClassVar, Generic, Literal, TypeVar
from uuid import UUID

from pydantic import BaseModel, ConfigDict, Field, SerializeAsAny

from crm_shared import context
from crm_shared.clock import utc_now
from crm_shared.ids import new_id

TYPE_PARTS = 5  # crm.<service>.<noun>.<fact>.v<n>


class _Typed(BaseModel):
    """A payload that knows its wire name; the name is written, never derived."""

    type: ClassVar[str] = ""

    def __init_subclass__(cls, type: str = "", **options: Any) -> None:
        super().__init_subclass__(**options)
        if type:
            _check_type(type)
            cls.type = type


class Event(_Typed):
    """A fact that this service publishes."""

    model_config = ConfigDict(extra="forbid", frozen=True)


class ForeignEvent(_Typed):
    """A fact of another service, with only the fields that are read here."""

    model_config = ConfigDict(extra="ignore", frozen=True)


class AnyEvent(ForeignEvent):
    """Any event at all, its data as it came: for ledgers, timelines and rule-driven handlers."""

    model_config = ConfigDict(extra="allow", frozen=True)

    def as_dict(self) -> dict[str, Any]:
        """Return the data as it stood in the envelope."""
        return self.model_extra or {}


DataT = TypeVar("DataT", bound=_Typed)


class Envelope(BaseModel, Generic[DataT]):
    """One event with everything a reader needs to place it."""

    model_config = ConfigDict(extra="ignore", frozen=True)

    specversion: Literal["1.0"] = "1.0"
    id: UUID
    source: str = Field(pattern=r"^/crm/[a-z]+$")
    type: str
    subject: UUID
    time: datetime
    datacontenttype: Literal["application/json"] = "application/json"
    dataschema: str
    recordedtime: datetime
    revision: int = Field(ge=1)
    actorid: UUID
    correlationid: UUID
    causationid: UUID | None = None
    bulk: bool = False
    traceparent: str | None = None
    data: SerializeAsAny[DataT]

    @property
    def publisher(self) -> str:
        """The service that says it published this."""
        return self.source.rsplit("/", 1)[-1]


def enclose(event: Event, *, subject: UUID, revision: int, at: datetime | None) -> Envelope[Event]:
    """Put an event into its envelope; actor, correlation, bulk and trace come from the context."""
    around = context.current()
    now = utc_now()
    return Envelope[Event].model_construct(
        specversion="1.0",
        id=new_id(),
        source=f"/crm/{service_of(event.type)}",
        type=event.type,
        subject=subject,
        time=at or now,
        datacontenttype="application/json",
        dataschema=f"/contracts/{event.type}.json",
        recordedtime=now,
        revision=revision,
        actorid=around.actor.id,
        correlationid=around.correlation_id,
        causationid=around.causation_id,
        bulk=around.bulk,
        traceparent=around.traceparent,
        data=event,
    )


def service_of(event_type: str) -> str:
    """Return the publishing service of a type or subject pattern: `crm.deals.…` → `deals`."""
    return event_type.split(".")[1]


def stream_of(service: str) -> str:
    """Return the stream that a service publishes to."""
    return f"CRM_{service.upper()}"


def _check_type(name: str) -> None:
    parts = name.split(".")
    version = parts[-1]
    if len(parts) != TYPE_PARTS or parts[0] != "crm" or not version.removeprefix("v").isdigit():
        raise TypeError(f"{name!r} is not crm.<service>.<noun>.<fact>.v<n>")
