"""Announcing a change together with the version it made."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from pydantic import BaseModel
from pydantic_core import to_jsonable_python
from sqlalchemy.ext.asyncio import AsyncSession
from sqlalchemy.inspection import inspect

from crm_contacts.contacts.errors import ContactRestrictedError
from crm_contacts.contacts.models import Contact
from crm_contacts.gates.use_cases import pass_gates
from crm_contacts.versions.models import Version
from crm_shared import context
from crm_shared.clock import utc_now
from crm_shared.db.types import Aggregate
from crm_shared.events import outbox
from crm_shared.events.envelope import Event

# Secrets have no history, and what is computed from other columns needs none.
LEFT_OUT = frozenset({"password_hash", "key_hash", "search_text", "email_keys", "phone_keys"})
# Columns of the version itself.
BESIDE = frozenset({"id", "revision"})

# what may be done about somebody whose processing is restricted, and which fields only say who
# keeps his data: a seller who leaves hands it over
OF_RESTRICTED = frozenset(
    {"restricted", "released", "erased", "consent_given", "consent_withdrawn"}
)
OF_KEEPING = frozenset({"owner_id", "team_id", "deleted_at"})

Change = tuple[Aggregate, Event, datetime | None]


async def announce(
    session: AsyncSession, row: Aggregate, event: Event, *, at: datetime | None = None
) -> None:
    """Announce one change of `row` and keep the version it made, if no validation forbids it."""
    await announce_many(session, [(row, event, at)])


async def announce_many(session: AsyncSession, changes: Sequence[Change]) -> None:
    """Announce several changes with one flush; for imports, batches and mass changes.

    Raises ForbiddenByValidationError: on every way, whoever wants the change.
    """
    _spare_restricted(changes)
    # here, because everything that changes a client comes through: no way leads past
    await pass_gates(session, changes)
    # before the flush: what the row will be, written in the same trip
    versions = [version_values(row, revision=(row.revision or 0) + 1) for row, _, _ in changes]
    session.add_all(Version(**values) for values in versions)
    await outbox.record_many(session, changes)


def _spare_restricted(changes: Sequence[Change]) -> None:
    """Refuse what uses or alters the data of somebody whose processing is restricted."""
    for row, event, _ in changes:
        # as it stands after the change: what restricts is let through by its own name below
        if not isinstance(row, Contact) or row.restricted_at is None:
            continue
        is_own = event.type.split(".")[3] in OF_RESTRICTED
        if not is_own and set(getattr(event, "changed", ())) - OF_KEEPING:
            raise ContactRestrictedError


def changes_told(row: Aggregate, facts: type[BaseModel]) -> outbox.Changes:
    """Return what was changed on `row`, without secrets and what is computed; call it first."""
    changes = outbox.changes_of(row, facts)
    told = [name for name in changes.changed if name not in LEFT_OUT]
    return outbox.Changes(told, changes.previous)


def version_values(row: Aggregate, *, revision: int) -> dict[str, Any]:
    """Return the version row of `row` as it stands, for statements that write it themselves."""
    return {
        "row_id": row.id,
        "revision": revision,
        "kind": row.__class__.__name__.lower(),
        "at": utc_now(),
        "actor_id": context.current().actor.id,
        "data": to_jsonable_python(snapshot(row)),
    }


def snapshot(row: Aggregate) -> dict[str, Any]:
    """Return the columns of `row` that history keeps."""
    state, held = inspect(row), vars(row)
    kept: dict[str, Any] = {}
    for name in state.mapper.column_attrs.keys():  # noqa: SIM118 - no mapping
        if name in LEFT_OUT or name in BESIDE:
            continue
        # past the mapper's attributes: asking them for fifty columns was a tenth of an import;
        # what a new row was never given is null
        value = held.get(name) if name in held or state.key is None else getattr(row, name)
        if value is not None:
            kept[name] = value
    return kept
