"""I11, I1: The HTTP contract: valid by the official schema; no input makes a service stumble."""

import os
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest
import pytest_asyncio
import schemathesis
from hypothesis import HealthCheck, Phase, given, settings
from openapi_spec_validator import validate
from plant import Plant

from crm_shared.ids import new_id
from crm_shared.program import app_of
from crm_shared.settings import ServiceSettings
from crm_shared.testing.servers import Broker, Databases

PACKAGES = ("crm_contacts", "crm_deals", "crm_notifications", "crm_reporting")
EXAMPLES_PER_OPERATION = 20 if "CRM_TEST_FULL" in os.environ else 3
# answers that end with the caller's sign-in; their own tests listen to them
ENDLESS = {"/v1/stream"}
each_service = pytest.mark.parametrize("package", PACKAGES, scope="session")
quick = settings(
    max_examples=EXAMPLES_PER_OPERATION,
    derandomize=True,
    database=None,
    deadline=None,
    phases=[Phase.explicit, Phase.generate],
    suppress_health_check=list(HealthCheck),
)


@each_service
def test_the_document_is_valid(package: str, settings: ServiceSettings) -> None:
    document = app_of(package, settings).openapi()

    validate(document)
    assert document["openapi"].startswith("3.1")
    operations = [
        operation["operationId"]
        for path in document["paths"].values()
        for operation in path.values()
    ]
    assert sorted(operations) == sorted(set(operations))


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
    schema: Any = schemathesis.openapi.from_url(f"http://127.0.0.1:{port}/openapi.json")
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
