"""How a preset names what has no id yet, and how it speaks several languages: pure functions."""

from collections.abc import Iterator, Mapping
from typing import Any
from uuid import UUID

PIPELINE = "$pipeline"


def name_of(kind: str, key: str) -> str:
    """Return how a preset names a stage or a reason: `$stage:won`."""
    return f"${kind}:{key}"


def spoken(value: Any, language: str) -> Any:
    """Return a part of a preset in one language: texts by language become that text.

    The words of refusals and titles of tasks stay as they are: they are kept in every language.
    """
    if isinstance(value, Mapping):
        if "$text" in value:
            texts: Mapping[str, str] = value["$text"]
            return texts.get(language) or next(iter(texts.values()), "")
        return {name: spoken(part, language) for name, part in value.items()}
    if isinstance(value, list):
        return [spoken(part, language) for part in value]
    return value


def resolved(value: Any, known: Mapping[str, str]) -> Any:
    """Return a part of a preset with names replaced by ids; those it does not know stay."""
    if isinstance(value, Mapping):
        return {name: resolved(part, known) for name, part in value.items()}
    if isinstance(value, list):
        return [resolved(part, known) for part in value]
    return known.get(value, value) if isinstance(value, str) else value


def named(value: Any, names: Mapping[str, str]) -> Any:
    """Return a part of the configuration with ids replaced by names: the way out."""
    if isinstance(value, Mapping):
        return {name: named(part, names) for name, part in value.items()}
    if isinstance(value, list):
        return [named(part, names) for part in value]
    if isinstance(value, UUID):
        value = str(value)
    return names.get(value, value) if isinstance(value, str) else value


def unresolved(value: Any, pointer: str) -> Iterator[tuple[str, str]]:
    """Yield every name that is left, with the place where it stands."""
    if isinstance(value, Mapping):
        for name, part in value.items():
            yield from unresolved(part, f"{pointer}/{name}")
    elif isinstance(value, list):
        for index, part in enumerate(value):
            yield from unresolved(part, f"{pointer}/{index}")
    elif isinstance(value, str) and value.startswith(("$stage:", "$reason:", PIPELINE)):
        yield pointer, value
