"""Loads the fixtures every member's tests share, and begins with what takes longest."""

import gc
import sys

import pytest

pytest_plugins = ["crm_shared.testing.plugin"]
# httpx looks for it at every request to an application, and it is not here: a twentieth of a call
sys.modules.setdefault("sniffio", None)  # type: ignore[arg-type]

# One of these begun last would keep one worker busy for minutes while the other has nothing left.
LONGEST_FIRST = (
    "tests/faults/test_faults.py",
    "tests/contracts/test_openapi.py",
    "tests/cli/test_demo.py",
    "tests/cli/test_care.py",
    "tests/cli/test_up.py",
    "tests/cli/test_bench.py",
    "shared/tests/events/test_consumer.py",
    "services/reporting/tests/test_maven.py",
    "tests/faults/test_only_the_broker.py",
)


@pytest.hookimpl(tryfirst=True)
def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Put the longest files first; within a file the order stays."""
    places = {name: place for place, name in enumerate(LONGEST_FIRST)}
    items.sort(key=lambda item: places.get(item.nodeid.split("::")[0], len(places)))


def pytest_collection_finish() -> None:
    """Walk no more through what stays for good: services, routes, and the tests themselves."""
    gc.freeze()
    # requests in one process make a lot and drop it at once: looking for cycles rarely is enough
    gc.set_threshold(50_000, 20, 20)
