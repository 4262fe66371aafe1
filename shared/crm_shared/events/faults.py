"""Safeties and crash points that tests may switch; production code leaves them alone."""

from collections.abc import Callable
from dataclasses import dataclass


def _nowhere(_point: str) -> None:
    return None


@dataclass(frozen=True, slots=True)
class Safeties:
    """Constructor argument of relay and consumer: each safety can be taken away to show its worth.

    `crash` is called with the name of each point at which a process may die.
    """

    crash: Callable[[str], None] = _nowhere
    reconcile: bool = True
    mark_after_publish: bool = True
    ack_after_commit: bool = True
    inbox: bool = True
    depose: bool = True
    park: bool = True


ALL_SAFE = Safeties()
