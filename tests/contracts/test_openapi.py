"""I11, I1: The HTTP contract: valid by the official schema; no input makes a service stumble."""

import json
import os
from collections.abc import AsyncIterator, Iterator
from pathlib import Path
from typing import Any

import jsonschema_rs
import openapi_spec_validator
import pytest
import pytest_asyncio
import schemathesis
from hypothesis import HealthCheck, Phase, given, settings
from openapi_spec_validator import validate
from plant import Plant

from crm_cli.topology import route
from crm_shared.ids import new_id
from crm_shared.program import app_of
from crm_shared.settings import ServiceSettings
from crm_shared.testing.servers import Broker, Databases

PACKAGES = ("crm_contacts", "crm_deals", "crm_notifications", "crm_reporting")
EXAMPLES_PER_OPERATION = 20 if "CRM_TEST_FULL" in os.environ else 2
# answers that end with the caller's sign-in; their own tests listen to them
ENDLESS = {"/v1/stream"}
DIALECT = jsonschema_rs.Draft202012Validator(
    {"$ref": "https://json-schema.org/draft/2020-12/schema"}
)
each_service = pytest.mark.parametrize("package", PACKAGES, scope="session")
quick = settings(
    max_examples=EXAMPLES_PER_OPERATION,
    derandomize=True,
    database=None,
    deadline=None,
    phases=[Phase.explicit, Phase.generate],
    suppress_health_check=list(HealthCheck),
)


OFFICIAL = Path(openapi_spec_validator.__file__).with_name("resources") / "schemas/v3.1/schema.json"


def parts_of(node: Any, key: str) -> Iterator[Any]:
    """Return what stands under a key, however deep."""
    if isinstance(node, dict):
        if key in node:
            yield node[key]
        node = list(node.values())
    if isinstance(node, list):
        for part in node:
            yield from parts_of(part, key)


def faults_of(document: dict[str, Any]) -> list[str]:
    """Return what is wrong by the official schema, the dialect of its schemas, and its links."""
    official = jsonschema_rs.validator_for(json.loads(OFFICIAL.read_text()))
    faults = [error.message for error in official.iter_errors(document)]
    # the official schema leaves these to their own dialect
    named = document["components"]["schemas"]
    written = [*named.values(), *parts_of(document["paths"], "schema")]
    faults += [f"no schema: {one}" for one in written if not DIALECT.is_valid(one)]
    links = set(parts_of(document, "$ref"))
    return faults + sorted(links - {f"#/components/schemas/{name}" for name in named})


class TestFaultsOf:
    """The check itself sees what is wrong."""

    @pytest.fixture
    def document(self) -> dict[str, Any]:
        answer = {"description": "", "content": {"text/plain": {"schema": {"type": "string"}}}}
        return {
            "openapi": "3.1.0",
            "info": {"title": "T", "version": "1"},
            "paths": {"/a": {"get": {"responses": {"200": answer}}}},
            "components": {"schemas": {"A": {"type": "object"}}},
        }

    def test_none(self, document: dict[str, Any]) -> None:
        assert faults_of(document) == []

    def test_of_the_document(self, document: dict[str, Any]) -> None:
        document["paths"]["/a"]["get"]["parameters"] = [{"name": "x"}]
        assert faults_of(document) != []

    def test_of_a_schema(self, document: dict[str, Any]) -> None:
        document["components"]["schemas"]["A"] = {"type": "nonsense"}
        assert faults_of(document) != []

    def test_of_a_link(self, document: dict[str, Any]) -> None:
        document["components"]["schemas"]["A"] = {"$ref": "#/components/schemas/B"}
        assert faults_of(document) == ["#/components/schemas/B"]


@each_service
def test_the_document_is_valid(package: str, settings: ServiceSettings) -> None:
    document = app_of(package, settings).openapi()

    assert faults_of(document) == []
    if "CRM_TEST_FULL" in os.environ:
        validate(document)  # a second opinion, of half a minute
    assert document["openapi"].startswith("3.1")
    operations = [
        operation["operationId"]
        for path in document["paths"].values()
        for operation in path.values()
    ]
    assert sorted(operations) == sorted(set(operations))
    public = [path for path in document["paths"] if path.startswith(("/v1/", "/.well-known/"))]
    lost = [path for path in public if not is_reached(path, package)]
    assert not lost, "crm_cli/topology.py names the first segments that the origin passes on"


def is_reached(path: str, package: str) -> bool:
    """Tell whether a request at the one origin comes to the service that answers it."""
    found = route(path)
    return found is not None and found.service.program == package


@pytest_asyncio.fixture(scope="module")
async def plant(databases: Databases, scratch: Path) -> AsyncIterator[Plant]:
    folder = scratch / f"http-{new_id().hex}"
    folder.mkdir()
    broker = Broker(folder / "nats")
    running = Plant(databases, broker, folder)
    await running.start()
    yield running
    await running.stop()
    broker.stop()


@pytest.mark.parametrize("service", ["contacts", "deals", "notifications", "reporting"])
def test_no_input_makes_a_service_stumble(plant: Plant, service: str) -> None:
    """Every operation gets generated input, good and bad: refusals are documents, never a 500."""
    port = plant.sites[service].ports[0]
    schema: Any = schemathesis.openapi.from_url(
        f"http://127.0.0.1:{port}/openapi.json",
        timeout=60,  # the first answer builds the document, beside all that begins with it
    )
    headers = {"Authorization": plant.authorization}
    stumbled: list[str] = []

    for result in schema.get_all_operations():
        operation = result.ok()
        if operation.path in ENDLESS:
            continue

        @quick
        @given(case=operation.as_strategy())
        def try_it(case: Any) -> None:
            if case.query and "wait" in case.query:
                case.query["wait"] = 0  # a long poll would take as long as it may
            answer = case.call(headers=headers)
            if answer.status_code >= 500:
                stumbled.append(f"{case.method} {case.path}: {answer.status_code}")
            if answer.status_code >= 400:
                kind = answer.headers["content-type"][0]
                assert kind.startswith("application/problem+json"), f"{case.path}: {kind}"

        try_it()
    assert sorted(set(stumbled)) == []
