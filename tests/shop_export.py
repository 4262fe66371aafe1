"""A shop's export of deals, and the names that it refers to."""

from collections.abc import Callable
from typing import Any

import httpx
from sqlalchemy import insert
from sqlalchemy.ext.asyncio import AsyncSession

from crm_shared.db.infrastructure import KNOWN_USERS, REFS
from crm_shared.ids import new_id
from crm_shared.testing.imports import ImportTrial

HEADER = "id,agent,product,account,stage,began,closed,value\n"
WON = "D1,Anna,GTXPro,Кав'ярня,Won,10/20/2016,3/1/2017,1054\n"
OPEN = "D2,Anna,GTX Pro,,Qualified,11/5/2016,,\n"
UNDATED = "D3,,GTX Pro,,New,,,500\n"
LOST = "D4,Anna,GTX Pro,Кав'ярня,Lost,11/5/2016,12/1/2016,0\n"
FILE = HEADER + WON + OPEN + UNDATED + LOST

MAPPING: dict[str, Any] = {
    "external_id": "id",
    "fields": {
        "title": {"columns": ["product", "account"], "separator": " · "},
        "owner_id": "agent",
        "company_id": "account",
        "stage_id": {"column": "stage", "by": "label"},
        "amount": "value",
        "created_at": {"column": "began", "format": "%m/%d/%Y"},
        "closed_at": {"column": "closed", "format": "%m/%d/%Y"},
        "line_items": [
            {
                "product_id": {
                    "column": "product",
                    "by": "label",
                    "aliases": {"GTXPro": "GTX Pro"},
                },
                "quantity": {"constant": 2},
            }
        ],
    },
}


def with_field(name: str, rule: Any) -> dict[str, Any]:
    """Return the mapping with one field more, or another."""
    return {**MAPPING, "fields": {**MAPPING["fields"], name: rule}}


async def arrive(session: AsyncSession, kind: str, name: str) -> None:
    """Let a name of another service be known here, as its events would."""
    one = new_id()
    await session.execute(
        insert(REFS).values(
            kind=kind, id=one, revision=1, source_system="shop", external_id=name, data={"a": 1}
        )
    )
    if kind == "user":
        values = {"id": one, "role": "seller", "team_ids": [new_id()], "is_active": True}
        await session.execute(insert(KNOWN_USERS).values(revision=1, **values))
    await session.commit()


MakeTrial = Callable[[httpx.AsyncClient], ImportTrial]
