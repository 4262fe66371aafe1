"""Refusals: a document each, never a failure, never the input."""

from typing import Any, Literal, Self

import httpx
import pytest
from pydantic import BaseModel, TypeAdapter, ValidationError, model_validator

from crm_shared.errors import FieldError
from crm_shared.http.problems import MEDIA_TYPE, broken_by, field_errors
from crm_shared.ids import new_id

CANARY = "Шевченко-canary@example.ua"
MB = 1024 * 1024


def problem(answer: httpx.Response, status: int, code: str) -> dict[str, Any]:
    assert answer.headers["content-type"] == MEDIA_TYPE
    body: dict[str, Any] = answer.json()
    assert (answer.status_code, body["status"], body["code"]) == (status, status, code)
    assert body["type"] == f"urn:crm:problem:{code}"
    assert body["title"]
    assert body["detail"]
    assert len(body["trace_id"]) == 32
    return body


def test_says_which_kinds_there_are_but_not_what_was_sent() -> None:
    kinds = {"discriminator": "'do'", "expected_tags": "'fill', 'tag'", "tag": CANARY}
    found: list[dict[str, Any]] = [
        {"type": "union_tag_invalid", "loc": ("body", "actions", 0), "msg": CANARY, "ctx": kinds},
        {
            "type": "union_tag_not_found",
            "loc": ("body",),
            "msg": "",
            "ctx": {"discriminator": "'do'"},
        },
    ]

    told = field_errors(found)

    assert [one.detail for one in told] == [
        "'do' must say one of 'fill', 'tag'",
        "'do' must say which",
    ]
    assert told[0].pointer == "/actions/0"


class Pair(BaseModel):
    left: int | None = None
    right: int | None = None

    @model_validator(mode="after")
    def _has_one(self) -> Self:
        if (self.left is None) is (self.right is None):
            raise broken_by("one-of", "Say left, or right", "left", "right")
        return self


def test_names_every_field_that_breaks_a_rule_of_the_whole_body() -> None:
    with pytest.raises(ValidationError) as refused:
        TypeAdapter(list[Pair]).validate_python([{"left": 1}, {}])

    found = [{**one, "loc": ("body", *one["loc"])} for one in refused.value.errors()]
    assert field_errors(found) == [
        FieldError("/1/left", "one-of", "Say left, or right"),
        FieldError("/1/right", "one-of", "Say left, or right"),
    ]


class TestValidation:
    async def test_points_to_every_fault_without_its_value(self, client: httpx.AsyncClient) -> None:
        body = {"title": 5, "kind": CANARY, "size": CANARY, "price": CANARY, CANARY: 1}
        answer = await client.post("/v1/shoes", json=body)

        found = problem(answer, 422, "invalid")["errors"]
        assert {one["pointer"] for one in found} >= {"/title", "/kind", "/size", "/price"}
        assert CANARY not in answer.text.replace(f"/{CANARY}", "")

    @pytest.mark.parametrize(
        ("content", "status"),
        [
            (b"", 422), (b"{", 422), (b"[]", 422), (b"null", 422), (b'"text"', 422),
            (b'{"title": "\xff"}', 400), (b"[" * 100_000, 400), (b"1" * 5000, 400), (b"NaN", 422),
            (b'{"title": NaN}', 422), (b'{"title": "\\ud800"}', 422),
            (b'{"title": "a\\u0000"}', 422),
            (b'{"title": "a", "size": 1e400}', 422), (b'{"title": "a", "size": 99999999999}', 422),
            (b'{"title": "a", "price": "1e40"}', 422), (b'{"title": "a", "price": "NaN"}', 422),
            (b'{"title": "a", "price": 1e308}', 422), (b'{"title": "%s"}' % (b"x" * 51), 422),
        ],
    )  # fmt: skip
    async def test_refuses_any_body_that_is_none(
        self, client: httpx.AsyncClient, count: Any, content: bytes, status: int
    ) -> None:
        answer = await client.post(
            "/v1/shoes", content=content, headers={"Content-Type": "application/json"}
        )

        assert (answer.status_code, answer.headers["content-type"]) == (status, MEDIA_TYPE)
        assert await count("shoes") == 0

    def test_points_to_a_name_that_is_wrong_itself(self) -> None:
        kinds = TypeAdapter(dict[Literal["a"], int])
        with pytest.raises(ValidationError) as refused:
            kinds.validate_python({"b": 1})
        of_body = [
            {**one, "loc": ("body", "groups", *one["loc"])} for one in refused.value.errors()
        ]
        assert [fault.pointer for fault in field_errors(of_body)] == ["/groups/b"]

    async def test_wants_json(self, client: httpx.AsyncClient) -> None:
        answer = await client.post(
            "/v1/shoes", content=b'{"title": "a"}', headers={"Content-Type": "text/plain"}
        )
        problem(answer, 422, "invalid")

    async def test_points_into_the_path(self, client: httpx.AsyncClient) -> None:
        body = problem(await client.get("/v1/shoes/7"), 422, "invalid")

        assert body["errors"][0]["pointer"] == "/path/shoe_id"


class TestRefusal:
    async def test_says_what_is_not_there(self, client: httpx.AsyncClient) -> None:
        shoe_id = new_id()
        body = problem(await client.get(f"/v1/shoes/{shoe_id}"), 404, "shoe-not-found")

        assert body["shoe_id"] == str(shoe_id)

    async def test_hides_what_is_out_of_scope(
        self, client: httpx.AsyncClient, sign_in: Any
    ) -> None:
        made = (await client.post("/v1/shoes", json={"title": "a"})).json()

        answer = await sign_in("seller").get(f"/v1/shoes/{made['id']}")

        problem(answer, 404, "shoe-not-found")

    async def test_forbids_before_the_body_is_read(self, sign_in: Any) -> None:
        answer = await sign_in("viewer").post("/v1/shoes", content=b"{")

        assert problem(answer, 403, "forbidden")["permission"] == "shoes:write"

    async def test_asks_for_sign_in_before_the_body_is_read(self, sign_in: Any) -> None:
        problem(await sign_in(None).post("/v1/shoes", content=b"{"), 401, "unauthorized")

    async def test_names_a_conflict_by_its_rule_alone(self, client: httpx.AsyncClient) -> None:
        shoe = {"title": "a", "external_id": CANARY}
        await client.post("/v1/shoes", json=shoe)
        answer = await client.post("/v1/shoes", json=shoe)

        body = problem(answer, 409, "already-exists")
        assert body["constraint"] == "uq_shoes_source_system_external_id"
        assert CANARY not in answer.text


class TestAddress:
    async def test_answers_404_where_nothing_is(self, client: httpx.AsyncClient) -> None:
        for path in ("/", "/v1/shoe", "/v1/shoes/", "/v1/shoes/a/b"):
            problem(await client.get(path), 404, "not-found")

    @pytest.mark.parametrize(
        ("method", "path", "allow"),
        [
            ("DELETE", "/v1/shoes", "GET, POST"),
            ("PATCH", "/v1/shoes/01920000-0000-7000-8000-000000000001", "GET, PUT"),
            ("PUT", "/v1/shoes/batch", "GET, POST, PUT"),
            ("TRACE", "/v1/shoes", "GET, POST"),
            ("BREW", "/health/live", "GET"),
        ],
    )
    async def test_names_every_method_of_an_address(
        self, client: httpx.AsyncClient, method: str, path: str, allow: str
    ) -> None:
        answer = await client.request(method, path)

        if method == "PUT":  # "batch" is also where a shoe's id would stand
            assert answer.status_code in (405, 422, 428)
            return
        problem(answer, 405, "method-not-allowed")
        assert answer.headers["allow"] == allow


class TestFailure:
    async def test_tells_the_client_nothing_but_the_trace(self, client: httpx.AsyncClient) -> None:
        answer = await client.post("/v1/shoes/boxes")

        problem(answer, 500, "internal-error")
        assert "Шевченко" not in answer.text
        assert "RuntimeError" not in answer.text


class TestBodyLimit:
    async def test_refuses_what_says_it_is_too_large(self, client: httpx.AsyncClient) -> None:
        answer = await client.post("/v1/shoes", json={"title": "x" * MB})

        assert problem(answer, 413, "body-too-large")["limit"] == MB

    async def test_counts_what_does_not_say(self, client: httpx.AsyncClient) -> None:
        async def parts() -> Any:
            for _ in range(40):
                yield b" " * (MB // 32)

        answer = await client.post(
            "/v1/shoes", content=parts(), headers={"Content-Type": "application/json"}
        )
        problem(answer, 413, "body-too-large")

    async def test_gives_batches_and_uploads_more(self, client: httpx.AsyncClient) -> None:
        large = {"title": "x" * (2 * MB)}

        assert (await client.post("/v1/shoes/upload", json=large)).json() == {"length": 2 * MB}
        assert (await client.post("/v1/shoes/batch", json={"items": [large]})).status_code == 200
        for path, body in (("upload", {"title": "x" * 4 * MB}), ("batch", {"title": "x" * 9 * MB})):
            problem(await client.post(f"/v1/shoes/{path}", json=body), 413, "body-too-large")

    async def test_refuses_a_length_that_is_no_number(self, client: httpx.AsyncClient) -> None:
        answer = await client.post("/v1/shoes", headers={"Content-Length": "many"}, content=b"")

        problem(answer, 413, "body-too-large")
