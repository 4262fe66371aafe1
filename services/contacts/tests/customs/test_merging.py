"""C1: custom fields of two records become one record's, and two again."""

import httpx
import pytest

ANY = {"If-Match": "*"}


async def define(client: httpx.AsyncClient, key: str, **values: object) -> None:
    body = {"key": key, "type": "text", "labels": {"en": key}, **values}
    answer = await client.post("/v1/contacts/custom-fields", json=body)
    assert answer.status_code == 201, answer.text


async def made(client: httpx.AsyncClient, **custom: str) -> str:
    body = {"last_name": "Леся", "custom_fields": custom}
    answer = await client.post("/v1/contacts", json=body)
    assert answer.status_code == 201, answer.text
    return str(answer.json()["id"])


async def fields_of(client: httpx.AsyncClient, contact_id: str) -> dict[str, str]:
    found: dict[str, str] = (await client.get(f"/v1/contacts/{contact_id}")).json()["custom_fields"]
    return found


class TestCustomFields:
    @pytest.mark.parametrize("older_stays", [True, False])
    async def test_are_united_even_where_a_value_may_stand_only_once(
        self, client: httpx.AsyncClient, *, older_stays: bool
    ) -> None:
        await define(client, "passport", is_unique=True)
        await define(client, "tea")
        first, second = await made(client), await made(client)
        one, other = (first, second) if older_stays else (second, first)
        for contact_id, custom in (
            (one, {"tea": "green"}),
            (other, {"tea": "black", "passport": "AA1"}),
        ):
            await client.patch(
                f"/v1/contacts/{contact_id}", json={"custom_fields": custom}, headers=ANY
            )

        body = {"loser_id": other}
        merged = await client.post(f"/v1/contacts/{one}/merge", json=body, headers=ANY)

        assert merged.status_code == 200, merged.text
        assert await fields_of(client, one) == {"tea": "green", "passport": "AA1"}
        undone = await client.post(f"/v1/contacts/{one}/unmerge", json=body, headers=ANY)
        assert undone.status_code == 200, undone.text
        assert await fields_of(client, one) == {"tea": "green"}
        assert await fields_of(client, other) == {"tea": "black", "passport": "AA1"}
