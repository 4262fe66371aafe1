"""D5: reasons for both outcomes, with group and department; named or the deal stays open."""

import httpx
import pytest
from sqlalchemy.ext.asyncio import AsyncSession

from crm_deals.events import DealStageChanged, ReasonCreated, ReasonDeleted, ReasonUpdated
from crm_shared.testing.events import recorded, silence
from crm_shared.testing.plugin import ClientAs

SLOW = {"label": "Delivery too slow", "outcome": "lost", "department": "logistics"}


class TestReasons:
    async def test_are_made_changed_and_taken_away(
        self, client: httpx.AsyncClient, session: AsyncSession
    ) -> None:
        made = await client.post("/v1/reasons", json=SLOW)
        url = made.headers["location"]
        changed = await client.patch(url, json={"group": "Terms"}, headers={"If-Match": '"1"'})
        read = await client.get(url)
        same = await client.patch(url, json={"group": "Terms"}, headers={"If-Match": '"2"'})
        gone = await client.delete(url, headers={"If-Match": '"2"'})

        assert made.json()["department"] == "logistics"
        assert changed.json() == read.json() == same.json()
        assert gone.status_code == 204
        assert (await client.get(url)).status_code == 404
        [created] = await recorded(session, ReasonCreated)
        [updated] = await recorded(session, ReasonUpdated)
        [deleted] = await recorded(session, ReasonDeleted)
        assert [one.revision for one in (created, updated, deleted)] == [1, 2, 3]
        assert updated.data.previous == {"group": None}

    async def test_have_one_label_each(self, client: httpx.AsyncClient) -> None:
        await client.post("/v1/reasons", json=SLOW)

        again = await client.post("/v1/reasons", json=SLOW)
        other = await client.post("/v1/reasons", json={**SLOW, "outcome": "won"})

        assert (again.status_code, again.json()["code"]) == (409, "reason-label-taken")
        assert other.status_code == 201

    async def test_are_listed_by_outcome(self, client: httpx.AsyncClient) -> None:
        await client.post("/v1/reasons", json=SLOW)
        await client.post("/v1/reasons", json={"label": "Best price", "outcome": "won"})

        listed = await client.get("/v1/reasons", params={"outcome": "won"})

        assert [one["label"] for one in listed.json()["items"]] == ["Best price"]

    async def test_are_put_by_external_id(self, client: httpx.AsyncClient) -> None:
        url = "/v1/reasons/by-external/old-crm/7"

        answers = [
            await client.put(url, json=SLOW),
            await client.put(url, json=SLOW),
            await client.put(url, json={**SLOW, "group": "Terms"}),
        ]
        await client.delete(f"/v1/reasons/{answers[0].json()['id']}", headers={"If-Match": "*"})
        deleted = await client.put(url, json=SLOW)

        results = [answer.headers["crm-result"] for answer in answers]
        assert results == ["created", "unchanged", "updated"]
        assert deleted.json()["code"] == "reason-external-id-taken"

    async def test_need_an_outcome_that_closes(self, client: httpx.AsyncClient) -> None:
        answer = await client.post("/v1/reasons", json={**SLOW, "outcome": "open"})

        assert answer.status_code == 422
        assert answer.json()["errors"][0]["pointer"] == "/outcome"

    @pytest.mark.parametrize("role", ["head", "seller", "viewer"])
    async def test_are_not_for_everybody_to_write(self, client_as: ClientAs, role: str) -> None:
        client = client_as(role)

        assert (await client.post("/v1/reasons", json=SLOW)).status_code == 403
        assert (await client.get("/v1/reasons")).status_code == 200

    async def test_refuse_a_stale_etag(
        self, client: httpx.AsyncClient, session: AsyncSession
    ) -> None:
        made = await client.post("/v1/reasons", json=SLOW)
        url = made.headers["location"]

        async with silence(session):
            answers = [
                await client.patch(url, json={"group": "x"}, headers={"If-Match": '"4"'}),
                await client.delete(url, headers={"If-Match": '"4"'}),
            ]

        assert [answer.status_code for answer in answers] == [412, 412]


class TestD5ReasonsOnClosing:
    """D5, D6: named on closing, with whom they concern."""

    async def test_are_asked_for_by_both_outcomes_and_carry_their_department(
        self, client: httpx.AsyncClient, session: AsyncSession
    ) -> None:
        stages = [
            {"label": "New", "probability": 10},
            {"label": "Won", "probability": 100, "outcome": "won"},
            {"label": "Lost", "probability": 0, "outcome": "lost"},
        ]
        body = {"label": "Sales", "is_default": True, "stages": stages}
        pipeline = (await client.post("/v1/pipelines", json=body)).json()
        _new, won, lost = (stage["id"] for stage in pipeline["stages"])
        reasons = {}
        for outcome in ("won", "lost"):
            reason = {"label": "x", "outcome": outcome, "group": "Terms", "department": "logistics"}
            reasons[outcome] = (await client.post("/v1/reasons", json=reason)).json()

        for outcome, stage_id in (("won", won), ("lost", lost)):
            deal = (await client.post("/v1/deals", json={"title": "x"})).json()
            url, any_revision = f"/v1/deals/{deal['id']}/stage", {"If-Match": "*"}
            silent = await client.put(url, json={"stage_id": stage_id}, headers=any_revision)
            told = {"stage_id": stage_id, "reason_id": reasons[outcome]["id"]}
            closed = await client.put(url, json=told, headers=any_revision)

            assert silent.json()["errors"][0]["pointer"] == "/reason_id"
            assert closed.json()["outcome"] == outcome
            assert (closed.json()["reason_group"], closed.json()["reason_department"]) == (
                "Terms",
                "logistics",
            )
        # D6: whoever hears of the closing hears which department it concerns
        heard = [one.data for one in await recorded(session, DealStageChanged)]
        assert [one.deal.reason_department for one in heard] == ["logistics", "logistics"]
        assert all("reason_department" not in one.changed for one in heard)
