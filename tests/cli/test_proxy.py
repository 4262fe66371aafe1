"""The one origin, in front of stand-ins."""

from collections.abc import Iterator

import httpx
import pytest
from cli.harness import Crm


@pytest.fixture
def origin(running: tuple[Crm, str]) -> Iterator[httpx.Client]:
    with httpx.Client(base_url=running[1], trust_env=False) as client:
        yield client


class TestOrigin:
    def test_passes_path_and_query_on_untouched(self, origin: httpx.Client) -> None:
        seen = origin.get("/v1/deals/a%20b?x=1&x=%2F").json()
        assert (seen["service"], seen["path"], seen["query"]) == (
            "deals",
            "/v1/deals/a b",
            "x=1&x=%2F",
        )

    def test_reaches_a_services_own_pages_and_says_under_which_prefix(
        self, origin: httpx.Client
    ) -> None:
        seen = origin.get("/-/contacts/docs").json()
        assert (seen["service"], seen["path"]) == ("contacts", "/docs")
        assert seen["headers"]["x-forwarded-prefix"] == "/-/contacts"

    def test_streams_a_body_of_any_length(self, origin: httpx.Client) -> None:
        chunks = (b"x" * 65536 for _ in range(64))
        assert origin.put("/v1/deal-imports/1/file", content=chunks).json()["length"] == 64 * 65536

    def test_passes_events_on_as_they_come(self, origin: httpx.Client) -> None:
        with origin.stream("GET", "/v1/stream") as answer:
            lines = answer.iter_lines()
            assert [next(lines) for _ in range(5)] == ["data: 0", "", "data: 1", "", "data: 2"]

    def test_does_not_believe_where_a_client_says_it_comes_from(self, origin: httpx.Client) -> None:
        seen = origin.get("/v1/deals", headers={"X-Forwarded-For": "10.0.0.1"}).json()
        assert seen["headers"]["x-forwarded-for"] == "127.0.0.1"

    def test_adds_no_headers_of_its_own(self, origin: httpx.Client) -> None:
        seen = origin.get("/v1/deals", headers={"Accept-Encoding": "br"}).json()
        assert seen["headers"]["accept-encoding"] == "br"

    def test_tells_what_is_where(self, origin: httpx.Client) -> None:
        page = origin.get("/")
        assert page.headers["content-type"].startswith("text/html")
        assert "/-/reporting/docs" in page.text
        assert "default-src 'none'" in page.headers["content-security-policy"]

    def test_merges_the_four_documents(self, origin: httpx.Client) -> None:
        merged = origin.get("/openapi.json").json()
        assert "/v1/contacts" in merged["paths"]
        assert "/v1/deals" in merged["paths"]
        assert merged["components"]["schemas"]["DealsPage"] == {"title": "Page of deals"}

    @pytest.mark.parametrize("path", ["/nothing", "/v1/nothing", "/-/deals/metrics"])
    def test_has_a_problem_document_for_what_is_not_there(
        self, origin: httpx.Client, path: str
    ) -> None:
        answer = origin.get(path)
        assert answer.status_code == 404
        assert answer.headers["content-type"] == "application/problem+json"
        assert answer.json()["code"] == "not-found"

    def test_says_that_one_service_is_down_and_serves_the_others(
        self, origin: httpx.Client
    ) -> None:
        broken = origin.get("/v1/deals/drop")
        assert (broken.status_code, broken.json()["code"]) == (502, "bad-gateway")
        away = origin.get("/v1/deals")
        assert (away.status_code, away.json()["code"]) == (503, "unavailable")
        assert away.headers["retry-after"] == "1"
        assert origin.get("/v1/contacts").is_success
