"""Paths into a JSON body: the part of RFC 9535 that names one place, such as `$.call.to[0]`."""

import re
from typing import Any, Final

PathSteps = tuple[str | int, ...]
MISSING: Final = object()
LONGEST = 200
_STEP = re.compile(r"\.([A-Za-z_][A-Za-z0-9_-]*)|\[(0|[1-9]\d{0,5})\]|\['([^'\\]+)'\]")


def parse(path: str) -> PathSteps:
    """Return the steps of a path; raises ValueError when it is none of ours."""
    if not path.startswith("$") or len(path) > LONGEST:
        raise ValueError(f"must begin with $ and be at most {LONGEST} characters long")
    steps: list[str | int] = []
    place = 1
    while place < len(path):
        step = _STEP.match(path, place)
        if step is None:
            raise ValueError("must be made of .name, ['name'] and [number]")
        name, number, quoted = step.groups()
        steps.append(int(number) if number is not None else name or quoted)
        place = step.end()
    return tuple(steps)


def find(body: Any, path: str) -> Any:
    """Return what stands at a path, or MISSING."""
    found = body
    for step in parse(path):
        if isinstance(step, int):
            if not isinstance(found, list) or step >= len(found):
                return MISSING
            found = found[step]
        else:
            if not isinstance(found, dict) or step not in found:
                return MISSING
            found = found[step]
    return found
