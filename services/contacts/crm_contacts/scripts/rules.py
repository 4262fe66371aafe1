"""Where steps lead: pure."""

from collections.abc import Sequence
from typing import Any, TypeAlias

from crm_contacts.scripts.errors import BrokenStepsError

Step: TypeAlias = dict[str, Any]
END = "end"


def find_step(steps: Sequence[Step], key: str) -> Step:
    """Return the step of this key."""
    return next(step for step in steps if step["key"] == key)


def next_key(steps: Sequence[Step], step: Step, answer: str | None) -> str | None:
    """Return the step after this one: where the answer leads, else the next in order; or None."""
    chosen = next((one for one in step["answers"] if one["key"] == answer), step)
    goal = chosen["next"] or step["next"]
    if goal is not None:
        return None if goal == END else str(goal)
    place = steps.index(step) + 1
    return str(steps[place]["key"]) if place < len(steps) else None


def check_steps(steps: Sequence[Step]) -> None:
    """Check that every step can be told from the others and leads forward, so that all end."""
    places = {step["key"]: place for place, step in enumerate(steps)}
    if len(places) < len(steps):
        raise BrokenStepsError("", "Two steps have the same key.")
    for place, step in enumerate(steps):
        if len({one["key"] for one in step["answers"]}) < len(step["answers"]):
            raise BrokenStepsError(f"/{place}/answers", "Two answers have the same key.")
        for goal in [step["next"], *(one["next"] for one in step["answers"])]:
            # forward only: a script that went back could be completed for ever, and measure nothing
            if goal not in (None, END) and places.get(goal, -1) <= place:
                raise BrokenStepsError(f"/{place}", "A step leads to a later one, or to `end`.")
