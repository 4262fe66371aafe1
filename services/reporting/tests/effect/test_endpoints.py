"""The effect over HTTP."""

import json
from typing import Any

import httpx

from crm_reporting.effect.schemas.program import worked_out
from crm_shared.testing.plugin import ClientAs

SEED: dict[str, Any] = {
    "name": "seed 002",
    "situation": {
        "leads": "10000", "potential": "600", "completed": "400", "sales": "80000",
        "lead_conversion": "6", "deal_conversion": "66.7", "average_order": "200",
    },
    "changes": {
        "leads": {"value": "3"}, "lead_conversion": {"value": "7"},
        "deal_conversion": {"value": "5"}, "average_order": {"value": "7"},
    },
    "economics": {"currency": "UAH", "investment": "15000"},
}  # fmt: skip


async def test_a_plan_is_told_to_those_who_plan(
    client: httpx.AsyncClient, client_as: ClientAs, rate: Any
) -> None:
    """E1, E5, E7, G4 and G5: the seed over HTTP; costs in dollars at the rate of their day."""
    told = (await client.post("/v1/effect/planned", json=SEED)).json()
    assert (told["steps"]["sales"], told["growth"]["value"]) == ("99056.75", "19056.75")
    assert told["assumed_share"] == "1"
    # every number of the worked example (test_scenarios.py) is what the API answers
    for mode in ("exact", "whole_deals"):
        asked = SEED | {"mode": mode}
        answered = (await client.post("/v1/effect/planned", json=asked)).json()
        assert answered == json.loads(worked_out(json.dumps([asked])))[0], mode

    wrong = SEED | {"situation": SEED["situation"] | {"deal_conversion": "70"}}
    refused = await client.post("/v1/effect/planned", json=wrong)
    assert refused.status_code == 422
    assert refused.json()["code"] == "invalid-effect"
    assert refused.json()["errors"][0]["pointer"] == "/situation/deal_conversion"
    assert "66.67" in refused.json()["errors"][0]["detail"]

    await rate("USD", "UAH", "2026-01-01", "40")
    items = [{"kind": "licence", "currency": "USD", "amount": "375", "day": "2026-02-01"}]
    dollars = SEED | {"name": "dollars", "economics": {"currency": "UAH", "items": items}}
    dear = SEED | {"name": "dear", "economics": {"currency": "UAH", "investment": "15001"}}
    both = await client.post("/v1/effect/planned/comparison", json={"scenarios": [dear, dollars]})
    assert [each["name"] for each in both.json()["items"]] == ["dollars", "dear"]
    assert both.json()["items"][0]["costs"]["one_off"] == {"licence": "15000.00"}

    for role, status in (("head", 200), ("accountant", 200), ("seller", 403), ("viewer", 403)):
        answer = await client_as(role).post("/v1/effect/planned", json=SEED)
        assert answer.status_code == status, role
