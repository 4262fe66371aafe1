"""What every test of the contacts service shares."""

import pytest


@pytest.fixture(scope="session")
def package() -> str:
    return "crm_contacts"
