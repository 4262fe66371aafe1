"""G16: a metric is held against what it was before the CRM (R5)."""

from typing import Any

import httpx

from crm_reporting.testing import Tell, get_metric, named, won
from crm_shared.actor import Role
from crm_shared.testing.plugin import ClientAs

MARCH = "from=2026-03-01&to=2026-04-01&compare=baseline"
BEFORE: dict[str, Any] = {
    "metric": "won_deals", "value": "14", "starts_on": "2025-01-01", "ends_on": "2025-02-28",
}  # fmt: skip


class TestG16Baseline:
    async def test_is_compared_per_day_and_like_with_like(
        self, client: httpx.AsyncClient, client_as: ClientAs, tell: Tell
    ) -> None:
        kyiv = str(named("Kyiv"))
        await tell(*(won(str(n), on="03-05", amount="100") for n in range(8)))
        nothing = (await get_metric(client, f"won_deals?{MARCH}"))["comparison"]
        for body in (BEFORE, BEFORE | {"value": "59", "team_id": kyiv}):
            made = await client.post("/v1/baselines", json=body)
            assert made.status_code == 201, made.text
        share = {"metric": "win_rate", "value": "60"}
        await client.post("/v1/baselines", json=BEFORE | share)

        whole = (await get_metric(client, f"won_deals?{MARCH}"))["comparison"]
        team = (await get_metric(client, f"won_deals?{MARCH}&team_id={kyiv}"))["comparison"]
        rate = (await get_metric(client, f"win_rate?{MARCH}"))["comparison"]

        assert (nothing["value"], nothing["reason"]) == (None, "no_baseline")
        # 14 in 59 days are 7.36 in 31
        assert (whole["value"], whole["change_pct"], whole["normalised"]) == ("14", "8.76", True)
        assert (whole["from"], whole["to"], whole["good"]) == ("2025-01-01", "2025-03-01", True)
        assert (team["value"], team["change"]) == ("59", "-23")
        assert (rate["change_pp"], rate["normalised"]) == ("40.00", False)
        other = (await get_metric(client, f"won_deals?{MARCH}&channel=web"))["comparison"]
        seller = client_as(Role.SELLER, user_id=named("Olena"))
        own = (await get_metric(seller, f"won_deals?{MARCH}"))["comparison"]
        assert [one["reason"] for one in (other, own)] == ["no_baseline"] * 2
