"""docs/events.md: every published event, its fields and who listens, made from the contracts."""

import json
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

HEAD = """# Events

Made by `./crm contracts --write` from `services/*/contracts`; do not edit.

Every event is a CloudEvents 1.0 document (structured JSON) on the NATS subject that equals its
`type`. Beside `data` it carries `id` (UUIDv7, unique for ever), `subject` (the aggregate's id),
`time` (business time), `recordedtime`, `revision` (dense: +1 per change), `actorid`,
`correlationid`, `causationid`, `bulk` and `traceparent`. Delivery is at least once: remember
ids, or keep what you know by `subject` and `revision`. Nothing that people typed and nothing
about a person rides along. `v1` of a type lives at least one retention period (30 days) beside
`v2`.
"""


def render(known: Mapping[str, Mapping[str, Any]], services: Path) -> str:
    """Return the page; `known` is what the services say they publish and read."""
    parts = [HEAD]
    for service, summary in known.items():
        parts.append(f"\n## {service} (stream `{summary['stream']}`)\n")
        for path in sorted((services / service / "contracts").glob("*.v*.json")):
            parts.append(_event(json.loads(path.read_text()), known))
    return "\n".join(parts)


def _event(contract: Mapping[str, Any], known: Mapping[str, Mapping[str, Any]]) -> str:
    subject = contract["subject"]
    readers = sorted(_readers(subject, known))
    fields = "\n".join(f"| `{name}` | {kind} |" for name, kind in _fields(contract["schema"]))
    heard = ", ".join(f"`{name}`" for name in readers) or "nobody yet"
    return (
        f"### `{subject}`\n\n{contract['description']}\n\nHeard by {heard}.\n\n"
        f"| field of `data` | type |\n|---|---|\n{fields}\n"
    )


def _readers(subject: str, known: Mapping[str, Mapping[str, Any]]) -> Iterator[str]:
    for summary in known.values():
        for one in summary["subscriptions"]:
            start = one["filter"].removesuffix(">")
            if subject == one["filter"] or (start != one["filter"] and subject.startswith(start)):
                yield one["durable"]


def _fields(schema: Mapping[str, Any]) -> Iterator[tuple[str, str]]:
    yield from _walk(schema, schema, "")


def _walk(
    schema: Mapping[str, Any], root: Mapping[str, Any], prefix: str
) -> Iterator[tuple[str, str]]:
    for name, field in schema.get("properties", {}).items():
        inner = _resolved(field, root)
        if "properties" in inner:
            yield from _walk(inner, root, f"{prefix}{name}.")
        elif inner.get("type") == "array" and "properties" in _resolved(inner["items"], root):
            yield from _walk(_resolved(inner["items"], root), root, f"{prefix}{name}[].")
        else:
            yield f"{prefix}{name}", _kind(inner, root)


def _kind(schema: Mapping[str, Any], root: Mapping[str, Any]) -> str:
    if "anyOf" in schema:
        return " or ".join(_kind(_resolved(one, root), root) for one in schema["anyOf"])
    if "enum" in schema:
        return ", ".join(f"`{value}`" for value in schema["enum"])
    if schema.get("type") == "array":
        return f"list of {_kind(_resolved(schema['items'], root), root)}"
    return str(schema.get("format") or schema.get("type") or "any")


def _resolved(schema: Mapping[str, Any], root: Mapping[str, Any]) -> Mapping[str, Any]:
    if "$ref" not in schema:
        return schema
    found: Mapping[str, Any] = root["$defs"][schema["$ref"].rsplit("/", 1)[-1]]
    return found
