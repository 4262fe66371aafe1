"""I1, I11: The street between services: what is published is written down, what is needed sent."""

import json
import re
from functools import cache
from pathlib import Path
from typing import Any

import pytest
from jsonschema import Draft7Validator, Draft202012Validator

from crm_shared.events import contracts
from crm_shared.events.envelope import AnyEvent, Envelope
from crm_shared.events.subscription import Subscription
from crm_shared.program import parts_of
from crm_shared.testing.events import envelope_of

SERVICES = ("contacts", "deals", "notifications", "reporting")
TYPED = {
    "title", "name", "first_name", "last_name", "middle_name", "email", "emails", "phone", "phones",
    "note", "notes", "text", "body", "address", "comment", "description",
}  # fmt: skip
SCHEMA = Path(__file__).parent / "schemas" / "asyncapi-3.0.0.json"


@cache
def files() -> dict[str, dict[str, Any]]:
    """Return every committed contract by subject."""
    found = {}
    for service in SERVICES:
        for path in contracts.home(f"crm_{service}").glob("*.v*.json"):
            content = json.loads(path.read_text())
            found[content["subject"]] = content
    return found


def subscriptions() -> list[Subscription[Any]]:
    return [one for service in SERVICES for one in parts_of(f"crm_{service}").subscriptions]


def heard(subscription: Subscription[Any]) -> list[str]:
    """Return the published subjects that a subscription's filter lets through."""
    parts = (re.escape(part) for part in subscription.subject.split("."))
    pattern = r"\.".join({r"\*": r"[^.]+", ">": ".+"}.get(part, part) for part in parts)
    return [name for name in files() if re.fullmatch(pattern, name)]


@pytest.mark.parametrize("service", SERVICES)
def test_the_committed_files_are_what_the_code_says(service: str) -> None:
    assert contracts.write(f"crm_{service}", check=True) == []


@pytest.mark.parametrize("subject", sorted(files()))
def test_every_example_fits_its_schema(subject: str) -> None:
    content = files()[subject]
    Draft202012Validator(content["schema"]).validate(content["example"])
    assert content["description"], "an event says in a sentence what happened"


@pytest.mark.parametrize("subscription", subscriptions(), ids=lambda one: one.durable)
def test_what_a_reader_needs_is_always_sent(subscription: Subscription[Any]) -> None:
    names = heard(subscription)
    assert names or subscription.publisher == "reporting", "nobody publishes this"
    if issubclass(subscription.reads, AnyEvent):
        return
    for name in names:
        assert contracts.unmet_needs(subscription.reads, files()[name]["schema"]) == [], name


@pytest.mark.parametrize("subscription", subscriptions(), ids=lambda one: one.durable)
def test_a_reader_can_read_the_published_examples(subscription: Subscription[Any]) -> None:
    shape: Any = Envelope.__class_getitem__(subscription.reads)
    for name in heard(subscription):
        service = f"crm_{name.split('.')[1]}"
        example = contracts.examples(service)[name]
        shape.model_validate_json(envelope_of(example).model_dump_json())


def test_a_durables_name_is_used_once() -> None:
    names = [one.durable for one in subscriptions()]
    assert sorted(names) == sorted(set(names))


@pytest.mark.parametrize("service", SERVICES)
def test_a_durable_carries_its_services_name(service: str) -> None:
    for one in parts_of(f"crm_{service}").subscriptions:
        assert one.durable.startswith(f"{service}-")


@pytest.mark.parametrize("service", SERVICES)
def test_the_asyncapi_document_is_valid_by_the_official_schema(service: str) -> None:
    document = json.loads((contracts.home(f"crm_{service}") / contracts.DOCUMENT).read_text())
    errors = Draft7Validator(json.loads(SCHEMA.read_text())).iter_errors(document)
    assert [f"{list(error.path)}: {error.message[:100]}" for error in errors] == []


@pytest.mark.parametrize("service", SERVICES)
def test_no_event_has_room_for_what_people_typed(service: str) -> None:
    for kind in contracts.published(f"crm_{service}"):
        assert not TYPED & set(properties(kind.model_json_schema())), kind.type


def properties(schema: Any) -> list[str]:
    if isinstance(schema, list):
        return [name for item in schema for name in properties(item)]
    if not isinstance(schema, dict):
        return []
    # a noun by its name ("note": …) is a snapshot, not a text
    own = [name for name, told in schema.get("properties", {}).items() if "$ref" not in told]
    return own + [name for value in schema.values() for name in properties(value)]
