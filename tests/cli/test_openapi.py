"""One document of four."""

from typing import Any

from crm_cli.openapi import merge


def document(path: str, operation: str, page: dict[str, Any]) -> dict[str, Any]:
    answer = {"200": {"content": {"a": {"schema": {"$ref": "#/components/schemas/Page"}}}}}
    return {
        "openapi": "3.1.0",
        "info": {"title": "x", "version": "1"},
        "paths": {path: {"get": {"operationId": operation, "responses": answer}}},
        "components": {"schemas": {"Page": page, "Problem": {"type": "object"}}},
    }


class TestMerge:
    def test_keeps_every_path_of_its_owner_alone(self) -> None:
        contacts = document("/v1/contacts", "list_contacts", {})
        contacts["paths"]["/health/ready"] = {"get": {}}
        merged = merge({"contacts": contacts, "deals": document("/v1/deals", "list_deals", {})})
        assert list(merged["paths"]) == ["/v1/contacts", "/v1/deals"]

    def test_shares_what_is_equal_and_renames_what_differs(self) -> None:
        merged = merge(
            {
                "contacts": document("/v1/contacts", "a", {"title": "of contacts"}),
                "deals": document("/v1/deals", "b", {"title": "of deals"}),
            }
        )
        schemas = merged["components"]["schemas"]
        assert sorted(schemas) == ["DealsPage", "Page", "Problem"]
        answer = merged["paths"]["/v1/deals"]["get"]["responses"]["200"]
        reference = answer["content"]["a"]["schema"]["$ref"]
        assert reference == "#/components/schemas/DealsPage"
        assert schemas["DealsPage"] == {"title": "of deals"}

    def test_gives_every_operation_an_id_of_its_own(self) -> None:
        merged = merge(
            {
                "contacts": document("/v1/contacts", "search", {}),
                "deals": document("/v1/deals", "search", {}),
            }
        )
        assert merged["paths"]["/v1/deals"]["get"]["operationId"] == "deals_search"
