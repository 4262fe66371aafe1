"""The service under test."""

import pytest


@pytest.fixture(scope="session")
def package() -> str:
    """Fixtures of the toolbox run this service."""
    return "crm_notifications"
