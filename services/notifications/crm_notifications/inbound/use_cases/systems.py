"""What can be done to a system that brings things in."""

from collections.abc import Mapping
from datetime import timedelta
from typing import Any

from sqlalchemy.exc import IntegrityError
from sqlalchemy.ext.asyncio import AsyncSession

from crm_notifications.events import (
    InboundSystemCreated,
    InboundSystemDeleted,
    InboundSystemFacts,
    InboundSystemUpdated,
)
from crm_notifications.inbound import queries
from crm_notifications.inbound.errors import InboundSystemExistsError, MappingInvalidError
from crm_notifications.inbound.models import InboundSystem
from crm_notifications.inbound.rules.mapping import faults_of, kinds_of
from crm_shared.clock import utc_now
from crm_shared.events import outbox
from crm_shared.ids import new_id

# what our own readers bring stands in the same run log under these names
BUILT_IN = frozenset({"mail", "telegram", "gateway", "web-chat"})


async def create_system(session: AsyncSession, values: Mapping[str, Any]) -> InboundSystem:
    """Let another system bring things in; its mapping is checked."""
    system = InboundSystem(id=new_id(), secret_number=1, old_secret_until=None, **values)
    check(system.mapping)
    if system.system in BUILT_IN or await queries.find_system(session, system.system) is not None:
        raise InboundSystemExistsError(system.system)
    session.add(system)
    event = InboundSystemCreated(inbound_system=facts_of(system), changed=[], previous={})
    try:
        await outbox.record(session, system, event)
    except IntegrityError as taken:
        raise InboundSystemExistsError(system.system) from taken
    return system


async def change_system(
    session: AsyncSession, system: InboundSystem, values: Mapping[str, Any]
) -> InboundSystem:
    """Change a system; what was refused before can be tried again by the new mapping."""
    for name, value in values.items():
        setattr(system, name, value)
    check(system.mapping)
    await _announce(session, system, InboundSystemUpdated)
    return system


async def rotate_secret(
    session: AsyncSession, system: InboundSystem, overlap: timedelta
) -> InboundSystem:
    """Give a system its next secret; the one before is believed for a while."""
    system.secret_number += 1
    system.old_secret_until = utc_now() + overlap
    await _announce(session, system, InboundSystemUpdated)
    return system


async def delete_system(session: AsyncSession, system: InboundSystem) -> None:
    """Take nothing of a system any more; what it brought stays."""
    system.deleted_at, system.is_active = utc_now(), False
    await _announce(session, system, InboundSystemDeleted)


def facts_of(system: InboundSystem) -> InboundSystemFacts:
    """What everyone may know of a system."""
    return InboundSystemFacts(
        system=system.system,
        label=system.name,
        kinds=kinds_of(system.mapping),
        is_active=system.is_active,
        per_minute=system.per_minute,
        old_secret_until=system.old_secret_until,
    )


def check(mapping: Mapping[str, Any]) -> None:
    """Refuse a mapping that cannot be used, with every fault."""
    if faults := faults_of(mapping):
        raise MappingInvalidError(faults)


async def _announce(
    session: AsyncSession,
    system: InboundSystem,
    kind: type[InboundSystemUpdated | InboundSystemDeleted],
) -> None:
    if changes := outbox.changes_of(system, InboundSystemFacts):
        event = kind(
            inbound_system=facts_of(system), changed=changes.changed, previous=changes.previous
        )
        await outbox.record(session, system, event)
