"""If-None-Match: what the caller has already is not sent again."""

import httpx
import pytest

SHOE = {"title": "boot", "price": "10.5000"}


@pytest.fixture
async def shoe(client: httpx.AsyncClient) -> str:
    made = await client.post("/v1/shoes", json=SHOE)
    return f"/v1/shoes/{made.json()['id']}"


class TestIfNoneMatch:
    @pytest.mark.parametrize("tag", ['"1"', 'W/"1"', '"7", "1"', "*"])
    async def test_of_the_revision_there_is_gets_304_and_no_body(
        self, client: httpx.AsyncClient, shoe: str, tag: str
    ) -> None:
        answer = await client.get(shoe, headers={"If-None-Match": tag})

        assert (answer.status_code, answer.content) == (304, b"")
        assert answer.headers["etag"] == '"1"'
        assert "content-length" not in answer.headers
        assert "content-type" not in answer.headers

    async def test_of_an_older_revision_gets_the_new_one(
        self, client: httpx.AsyncClient, shoe: str
    ) -> None:
        await client.put(shoe, json={**SHOE, "title": "shoe"}, headers={"If-Match": '"1"'})

        answer = await client.get(shoe, headers={"If-None-Match": '"1"'})

        assert (answer.status_code, answer.json()["title"]) == (200, "shoe")
        assert answer.headers["etag"] == '"2"'

    async def test_changes_nothing_for_lists_refusals_and_changes(
        self, client: httpx.AsyncClient, shoe: str
    ) -> None:
        known = {"If-None-Match": "*"}
        assert (await client.get("/v1/shoes", headers=known)).status_code == 200
        assert (await client.get(f"{shoe[:-4]}0000", headers=known)).status_code == 404
        changed = await client.put(
            shoe, json={**SHOE, "title": "a"}, headers={**known, "If-Match": '"1"'}
        )
        assert (changed.status_code, changed.json()["title"]) == (200, "a")
