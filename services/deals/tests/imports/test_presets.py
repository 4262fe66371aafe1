"""C16: deals of other systems' exports come in by presets, in the stages they had."""

import json
from pathlib import Path
from typing import Any

import httpx
import pytest
from sqlalchemy import insert, select
from sqlalchemy.ext.asyncio import AsyncSession

from crm_cli.importing import PRESETS, preset_steps
from crm_deals.deals.models import Deal
from crm_deals.imports.catalogue import ROOM
from crm_shared.db.engine import Sessions
from crm_shared.db.infrastructure import KNOWN_USERS, REFS
from crm_shared.ids import new_id
from crm_shared.settings import ServiceSettings
from crm_shared.testing.imports import ImportTrial

EXPORTS = Path(__file__).parents[4] / "tests" / "cli" / "exports"
CLIENTS = {
    "hubspot": ("Anna Koval", "Boris Shevchuk", "9001", "9002"),
    "pipedrive": ("Anna Koval", "Acme Ltd"),
    "bitrix24": ("Анна Коваль", "ООО Ромашка"),
    "amocrm": ("Анна Коваль", "ТОВ Ялина"),
    "espocrm": ("Anna Koval", "6650a1", "6650b1"),
}
OUTCOMES = {
    "hubspot": ["lost", "open", "won"],
    "pipedrive": ["lost", "open", "won"],
    "bitrix24": ["open", "won"],
    "amocrm": ["open", "won"],
    "espocrm": ["open", "won"],
}


async def arrive(session: AsyncSession, system: str, name: str) -> None:
    """Let users, companies and contacts of that name be known, as their events would."""
    for kind in ("user", "company", "contact"):
        one = new_id()
        values: dict[str, Any] = {"source_system": system, "external_id": name, "data": {}}
        await session.execute(insert(REFS).values(kind=kind, id=one, revision=1, **values))
        if kind == "user":
            known = {"role": "seller", "team_ids": [new_id()], "is_active": True}
            await session.execute(insert(KNOWN_USERS).values(id=one, revision=1, **known))
    await session.commit()


class TestC16Presets:
    @pytest.mark.parametrize("preset", sorted(CLIENTS))
    async def test_bring_in_deals_in_their_stages(
        self,
        client: httpx.AsyncClient,
        sessions: Sessions,
        settings: ServiceSettings,
        session: AsyncSession,
        preset: str,
    ) -> None:
        for each in json.loads((PRESETS / f"{preset}.json").read_text())["prepare"]:
            assert (await client.put(each["path"], json=each["body"])).is_success
        for name in CLIENTS[preset]:
            await arrive(session, preset, name)
        trial = ImportTrial(client, sessions, settings, ROOM, "/v1/deal-imports", "deal", {})

        [step] = [one for one in preset_steps(preset, EXPORTS / preset) if one.noun == "deal"]
        seen = await trial.bring_in(
            step.file.read_bytes(), mapping=step.mapping, source_system=preset
        )

        assert await trial.faults(seen["id"]) == []
        deals = list(await session.scalars(select(Deal)))
        assert sorted(deal.outcome for deal in deals) == OUTCOMES[preset]
        for deal in deals:
            assert deal.company_id is not None
            assert deal.owner_id is not None
            assert deal.amount
            assert deal.created_at.year == 2024
            assert (deal.closed_at is None) == (deal.outcome == "open")
