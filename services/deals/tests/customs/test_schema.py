"""I7: a machine reads which fields there are, what they hold and what it may do with them."""

from typing import Any

import httpx
import pytest
from jsonschema import Draft202012Validator

from crm_deals.nouns.catalogue import ROOM
from crm_shared.testing.plugin import ClientAs

Define = Any


class TestI7Schema:
    async def test_describes_fields_labels_operators_and_rights(
        self, client: httpx.AsyncClient, define: Define
    ) -> None:
        await define("delivery", "choice", labels={"uk": "Доставка"}, is_required=True)
        await define("gate_code")

        schema = (await client.get("/v1/deals/schema")).json()

        Draft202012Validator.check_schema(schema)
        amount = schema["properties"]["amount"]["x-crm"]
        assert amount["labels"] == {"en": "Amount", "uk": "Сума", "ru": "Сумма"}
        assert {"gte", "between"} <= set(amount["operators"])
        assert (amount["sortable"], amount["personal"], amount["custom"]) == (True, False, False)
        assert schema["properties"]["title"]["x-crm"]["personal"] is True
        assert schema["properties"]["owner_id"]["x-crm"]["reference"] == "user"
        assert schema["properties"]["won_at"]["readOnly"] is True
        custom = schema["properties"]["custom_fields"]
        delivery = custom["properties"]["delivery"]
        assert custom["required"] == ["delivery"]
        assert delivery["enum"] == ["pickup", "courier"]
        assert delivery["x-crm"]["labels"]["ru"] == "Доставка"
        assert delivery["x-crm"]["options"][0]["labels"]["ru"] == "Pick-up"
        assert "in" in delivery["x-crm"]["filters"]["custom.delivery"]
        assert custom["properties"]["gate_code"]["x-crm"]["personal"] is True
        assert schema["x-crm"]["permissions"] == {"read": "all", "write": "all"}

    @pytest.mark.usefixtures("pipeline")
    async def test_what_is_written_by_it_is_taken(
        self, client: httpx.AsyncClient, define: Define
    ) -> None:
        await define("delivery", "choice", is_required=True)
        schema = (await client.get("/v1/deals/schema")).json()
        custom = schema["properties"]["custom_fields"]
        values = {"delivery": custom["properties"]["delivery"]["enum"][0]}
        Draft202012Validator(custom).validate(values)

        made = await client.post("/v1/deals", json={"title": "x", "custom_fields": values})

        assert made.status_code == 201
        Draft202012Validator(custom).validate(made.json()["custom_fields"])

    async def test_who_may_only_read_sees_nothing_to_write(self, client_as: ClientAs) -> None:
        schema = (await client_as("viewer").get("/v1/deals/schema")).json()
        marketing = await client_as("marketing").get("/v1/deals/schema")

        assert schema["x-crm"]["permissions"] == {"read": "all", "write": None}
        assert all(part.get("readOnly") for part in schema["properties"].values())
        assert marketing.status_code == 403

    @pytest.mark.parametrize("noun", ROOM.nouns, ids=lambda noun: noun.name)
    def test_every_field_has_a_name_in_three_languages(self, noun: Any) -> None:
        for name in noun.shown.model_fields:
            assert set(ROOM.labels[name]) == {"en", "uk", "ru"}, name
            assert all(ROOM.labels[name].values())
