"""What rides along with a unit of work: actor, correlation, causation, bulk, trace."""

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass, field, replace
from uuid import UUID

from crm_shared.actor import SYSTEM, Actor
from crm_shared.ids import new_id


@dataclass(frozen=True, slots=True)
class Context:
    """Facts about the cause of a change, copied into every event it announces."""

    actor: Actor = SYSTEM
    correlation_id: UUID = field(default_factory=new_id)
    causation_id: UUID | None = None
    bulk: bool = False
    traceparent: str | None = None
    # fields by noun that this actor's role may not see
    hidden: Mapping[str, frozenset[str]] = field(default_factory=dict)


_current: ContextVar[Context | None] = ContextVar("crm_context", default=None)


def current() -> Context:
    """Return the context of this unit of work; outside of one, a fresh system context."""
    return _current.get() or Context()


@contextmanager
def use(context: Context) -> Iterator[Context]:
    """Work inside `context` until the block ends."""
    token = _current.set(context)
    try:
        yield context
    finally:
        _current.reset(token)


def enter(context: Context) -> None:
    """Set the context for the rest of this task (a request is one task)."""
    _current.set(context)


@contextmanager
def as_bulk() -> Iterator[Context]:
    """Mark everything announced in the block as part of a mass change."""
    with use(replace(current(), bulk=True)) as context:
        yield context
