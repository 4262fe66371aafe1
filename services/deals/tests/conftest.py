"""Fixtures of the deals service's tests."""

import pytest
import pytest_asyncio
from sqlalchemy.ext.asyncio import AsyncSession

from crm_deals.pipelines.models import Pipeline
from crm_deals.testing import make_pipeline


@pytest.fixture(scope="session")
def package() -> str:
    return "crm_deals"


@pytest_asyncio.fixture
async def pipeline(session: AsyncSession) -> Pipeline:
    """The default pipeline: New, Qualified, Proposal, Won, Lost."""
    pipeline = make_pipeline()
    session.add(pipeline)
    await session.commit()
    return pipeline
