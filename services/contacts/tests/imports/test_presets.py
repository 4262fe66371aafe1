"""C16: what other systems export comes in by presets, clients first."""

from pathlib import Path

import httpx
import pytest
from sqlalchemy import func, select
from sqlalchemy.ext.asyncio import AsyncSession

from crm_cli.importing import Step, preset_steps
from crm_contacts.companies.models import Company
from crm_contacts.contacts.models import Contact
from crm_contacts.imports.catalogue import ROOM
from crm_contacts.leads.models import Lead
from crm_shared.db.engine import Sessions
from crm_shared.settings import ServiceSettings
from crm_shared.testing.imports import ImportTrial

EXPORTS = Path(__file__).parents[4] / "tests" / "cli" / "exports"
# companies, contacts, leads in the sample files
MADE = {
    "hubspot": (2, 2, 0),
    "pipedrive": (1, 1, 0),
    "bitrix24": (1, 1, 1),
    "amocrm": (1, 1, 0),
    "espocrm": (1, 1, 1),
}


@pytest.fixture
def trial(client: httpx.AsyncClient, sessions: Sessions, settings: ServiceSettings) -> ImportTrial:
    return ImportTrial(client, sessions, settings, ROOM, "/v1/contact-imports", "contact", {})


async def bring_all(trial: ImportTrial, steps: list[Step]) -> None:
    """Import the files of a preset in their order; no row may fail."""
    for step in steps:
        if step.service == "contacts":
            seen = await trial.bring_in(
                step.file.read_bytes(),
                noun=step.noun,
                mapping=step.mapping,
                source_system=step.source_system,
            )
            faults = await trial.faults(seen["id"])
            assert (seen["state"], faults) == ("completed", []), step


class TestC16Presets:
    @pytest.mark.parametrize("preset", sorted(MADE))
    async def test_bring_in_clients_with_owners_and_companies_twice_the_same(
        self, trial: ImportTrial, session: AsyncSession, preset: str
    ) -> None:
        steps = preset_steps(preset, EXPORTS / preset)

        await bring_all(trial, steps)
        await bring_all(trial, steps)

        nouns = (Company, Contact, Lead)
        made = [await session.scalar(select(func.count()).select_from(noun)) for noun in nouns]
        assert tuple(made) == MADE[preset]
        for contact in await session.scalars(select(Contact)):
            assert contact.company_id is not None
            assert contact.owner_id is not None
            assert contact.last_name
            assert contact.email_keys
            assert contact.created_at.year == 2024
