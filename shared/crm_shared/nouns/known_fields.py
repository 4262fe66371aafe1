"""Custom fields of other services' nouns: brought by events, for rules that ask for them."""

from collections.abc import Sequence

from pydantic import BaseModel
from sqlalchemy.ext.asyncio import AsyncSession

from crm_shared.events import refs
from crm_shared.events.envelope import AnyEvent, Envelope, service_of
from crm_shared.events.subscription import Subscription
from crm_shared.filters import Fields
from crm_shared.nouns.fields import told_fields
from crm_shared.nouns.kinds import Definition, FieldType


class _Told(BaseModel):
    """What is kept of a definition: enough to compare a value with it."""

    noun: str
    key: str
    type: FieldType
    is_personal: bool
    is_archived: bool


def subscription(service: str, publisher: str) -> Subscription[AnyEvent]:
    """Return the durable by which a service knows another's custom fields."""
    return Subscription(
        durable=f"{service}-{publisher}-fields",
        pattern=f"crm.{publisher}.custom_field.>",
        reads=AnyEvent,
        handler=keep_fields,
    )


async def keep_fields(session: AsyncSession, batch: Sequence[Envelope[AnyEvent]]) -> None:
    """Bring each definition to the newest revision seen."""
    newest = {one.subject: one for one in sorted(batch, key=lambda one: one.revision)}
    for envelope in newest.values():
        told = _Told.model_validate(envelope.data.as_dict()["custom_field"])
        item = refs.RefItem(
            id=envelope.subject, revision=envelope.revision, data=told.model_dump(mode="json")
        )
        await refs.keep(session, _kind(service_of(envelope.type), told.noun), [item])


async def askable(session: AsyncSession, event_type: str, fields: Fields) -> Fields:
    """Return what can be asked of a type of event, known custom fields of its noun included."""
    known = await definitions(session, event_type)
    return Fields({**fields, **told_fields(known, event_type.split(".")[2])})


async def definitions(session: AsyncSession, event_type: str) -> dict[str, Definition]:
    """Return the custom fields of an event's noun by key, personal and archived ones too."""
    rows = await refs.all_of(session, _kind(service_of(event_type), event_type.split(".")[2]))
    told = [_Told.model_validate(row) for row in rows]
    return {
        one.key: Definition(
            one.key, one.type, {}, is_personal=one.is_personal, is_archived=one.is_archived
        )
        for one in told
    }


def _kind(service: str, noun: str) -> str:
    return f"custom_field:{service}.{noun}"
