"""AsyncAPI 3: what a service publishes, as a document for people and generators."""

from collections.abc import Mapping, Sequence
from typing import Any

from crm_shared.events.envelope import Event, service_of, stream_of

ENVELOPE: dict[str, Any] = {
    "type": "object",
    "description": "CloudEvents 1.0, structured JSON, with this system's extensions.",
    "required": [
        "specversion",
        "id",
        "source",
        "type",
        "subject",
        "time",
        "recordedtime",
        "datacontenttype",
        "dataschema",
        "revision",
        "actorid",
        "correlationid",
        "bulk",
        "data",
    ],
    "properties": {
        "specversion": {"const": "1.0"},
        "id": {"type": "string", "format": "uuid", "description": "UUIDv7; unique for ever"},
        "source": {"type": "string", "examples": ["/crm/deals"]},
        "type": {"type": "string", "description": "equals the NATS subject"},
        "subject": {"type": "string", "format": "uuid", "description": "the aggregate's id"},
        "time": {"type": "string", "format": "date-time", "description": "business time"},
        "recordedtime": {"type": "string", "format": "date-time"},
        "datacontenttype": {"const": "application/json"},
        "dataschema": {"type": "string", "format": "uri-reference"},
        "revision": {"type": "integer", "minimum": 1, "description": "dense, +1 per change"},
        "actorid": {"type": "string", "format": "uuid"},
        "correlationid": {"type": "string", "format": "uuid"},
        "causationid": {"type": ["string", "null"], "format": "uuid"},
        "bulk": {"type": "boolean", "description": "part of an import or a mass change"},
        "traceparent": {"type": ["string", "null"]},
    },
}


def document(
    package: str, kinds: Sequence[type[Event]], given: Mapping[str, Event]
) -> dict[str, Any]:
    """Return the AsyncAPI 3.0 document of a service that publishes `kinds`."""
    service = package.removeprefix("crm_")
    return {
        "asyncapi": "3.0.0",
        "info": {
            "title": f"CRM {service} events",
            "version": "1.0.0",
            "description": (
                f"Everything the {service} service announces, on the stream {stream_of(service)}. "
                "Delivery is at least once; ids are unique and revisions dense."
            ),
        },
        "defaultContentType": "application/cloudevents+json",
        "channels": {_name(kind): _channel(kind) for kind in kinds},
        "operations": {f"publish_{_name(kind)}": _operation(kind) for kind in kinds},
        "components": {
            "messages": {_name(kind): _message(kind, given[kind.type]) for kind in kinds},
            "schemas": {"envelope": ENVELOPE},
        },
    }


def _name(kind: type[Event]) -> str:
    return "_".join(kind.type.split(".")[2:])


def _channel(kind: type[Event]) -> dict[str, Any]:
    name = _name(kind)
    return {
        "address": kind.type,
        "messages": {name: {"$ref": f"#/components/messages/{name}"}},
    }


def _operation(kind: type[Event]) -> dict[str, Any]:
    name = _name(kind)
    return {
        "action": "send",
        "channel": {"$ref": f"#/channels/{name}"},
        "messages": [{"$ref": f"#/channels/{name}/messages/{name}"}],
    }


def _message(kind: type[Event], example: Event) -> dict[str, Any]:
    data = kind.model_json_schema(
        mode="serialization",
        ref_template=f"#/components/messages/{_name(kind)}/payload/$defs/{{model}}",
    )
    definitions = data.pop("$defs", {})
    return {
        "name": kind.type,
        "title": f"{service_of(kind.type)}: {' '.join(kind.type.split('.')[2:4])}",
        "summary": (kind.__doc__ or "").strip().splitlines()[0],
        "contentType": "application/cloudevents+json",
        "payload": {
            "allOf": [
                {"$ref": "#/components/schemas/envelope"},
                {"type": "object", "properties": {"data": data}},
            ],
            "$defs": definitions,
        },
        "examples": [{"payload": {"type": kind.type, "data": example.model_dump(mode="json")}}],
    }
