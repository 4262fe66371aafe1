"""D1: the routes of pipelines and stages: order, probability, outcome, rotting, demands."""

from typing import Any

import httpx
import pytest

from crm_deals.pipelines.models import Pipeline
from crm_shared.testing.plugin import ClientAs

VISITS = {
    "label": "Visits",
    "stages": [
        {"label": "Call", "probability": 20},
        {"label": "Won", "probability": 100, "outcome": "won"},
    ],
}


class TestPipelines:
    async def test_are_made_read_listed_changed_and_deleted(
        self, client: httpx.AsyncClient, pipeline: Pipeline
    ) -> None:
        made = await client.post("/v1/pipelines", json=VISITS)
        url = made.headers["location"]
        read = await client.get(url)
        changed = await client.patch(url, json={"label": "Calls"}, headers={"If-Match": '"1"'})
        listed = await client.get("/v1/pipelines", params={"label": "Calls"})
        gone = await client.delete(url, headers={"If-Match": '"2"'})

        assert (made.status_code, gone.status_code) == (201, 204)
        assert read.json() == made.json()
        assert changed.headers["etag"] == '"2"'
        assert [one["label"] for one in listed.json()["items"]] == ["Calls"]
        assert (await client.get(url)).status_code == 404
        kept = await client.get(f"/v1/pipelines/{pipeline.id}")
        assert kept.json()["is_default"]

    @pytest.mark.parametrize("role", ["head", "seller", "marketing", "accountant", "viewer"])
    async def test_are_read_by_everybody_and_written_by_few(
        self, client_as: ClientAs, role: str
    ) -> None:
        client = client_as(role)

        assert (await client.get("/v1/pipelines")).status_code == 200
        assert (await client.post("/v1/pipelines", json=VISITS)).status_code == 403

    async def test_are_put_by_external_id(self, client: httpx.AsyncClient) -> None:
        url = "/v1/pipelines/by-external/maven/sales"

        results = [(await client.put(url, json=VISITS)).headers["crm-result"] for _ in range(2)]

        assert results == ["created", "unchanged"]

        # what only a stage asks for is a change too: moves are checked against its revision
        need = {"field": "amount", "op": "gt", "value": "1"}
        first: Any = VISITS["stages"][0]
        asking = {"label": VISITS["label"], "stages": [{**first, "requirements": need}]}
        stricter = [await client.put(url, json=asking) for _ in range(2)]
        assert [one.headers["crm-result"] for one in stricter] == ["updated", "unchanged"]
        # the first one is the default: it steps down only for another
        other = "/v1/pipelines/by-external/maven/other"
        await client.put(other, json=VISITS)
        put = [
            await client.put(path, json={**VISITS, "is_default": is_default})
            for path, is_default in ((url, False), (other, True), (url, True))
        ]
        assert [one.status_code for one in put] == [409, 200, 200]
        rows = (await client.get("/v1/pipelines")).json()["items"]
        assert [one["external_id"] for one in rows if one["is_default"]] == ["sales"]

    async def test_refuse_a_requirement_that_nobody_understands(
        self, client: httpx.AsyncClient
    ) -> None:
        bad = {"field": "amount", "op": "resembles", "value": "1"}
        stages = [{**VISITS["stages"][0], "requirements": bad}]  # type: ignore[dict-item]

        answer = await client.post("/v1/pipelines", json={"label": "X", "stages": stages})

        assert answer.status_code == 422
        [error] = answer.json()["errors"]
        assert error["pointer"] == "/stages/0/requirements"


class TestStages:
    async def test_change_under_their_pipelines_etag(
        self, client: httpx.AsyncClient, pipeline: Pipeline
    ) -> None:
        body = {"pipeline_id": str(pipeline.id), "label": "Demo", "probability": 40}
        made = await client.post("/v1/stages", json={**body, "position": 2})
        url = made.headers["location"]
        stale = await client.patch(url, json={"probability": 45}, headers={"If-Match": '"1"'})
        changed = await client.patch(url, json={"probability": 45}, headers={"If-Match": '"2"'})
        read = await client.get(url)
        listed = await client.get("/v1/stages", params={"pipeline_id": str(pipeline.id)})
        gone = await client.delete(url, headers={"If-Match": "*"})

        assert (made.status_code, stale.status_code, gone.status_code) == (201, 412, 204)
        assert changed.headers["etag"] == read.headers["etag"] == '"3"'
        assert read.json()["probability"] == 45
        assert [one["position"] for one in listed.json()["items"]] == [1, 2, 3, 4, 5, 6]

    async def test_need_if_match(self, client: httpx.AsyncClient, pipeline: Pipeline) -> None:
        url = f"/v1/stages/{pipeline.stages[0].id}"

        assert (await client.patch(url, json={"probability": 1})).status_code == 428
