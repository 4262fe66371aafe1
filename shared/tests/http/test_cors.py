"""Pages of other origins: none by default, the named ones with all they need."""

from typing import Any

import httpx
import pytest
from pydantic import ValidationError

from crm_shared.testing.servers import LINK_KEY, public_keys
from crm_shared.testing.shoes import Settings

APP = "https://app.example.com"
ASKED = {
    "Origin": APP,
    "Access-Control-Request-Method": "PATCH",
    "Access-Control-Request-Headers": "authorization,if-match,idempotency-key",
}


async def preflight(shop_with: Any, origins: str, **headers: str) -> httpx.Response:
    async with shop_with(cors_origins=origins) as app:
        transport = httpx.ASGITransport(app=app)
        async with httpx.AsyncClient(transport=transport, base_url="http://x") as client:
            return await client.options("/v1/shoes", headers={**ASKED, **headers})


class TestCors:
    async def test_is_closed_unless_an_origin_is_named(self, shop_with: Any) -> None:
        answer = await preflight(shop_with, "")

        assert answer.status_code != 200
        assert not [name for name in answer.headers if name.startswith("access-control")]

    async def test_opens_to_the_named_origin_and_to_no_other(self, shop_with: Any) -> None:
        answer = await preflight(shop_with, f"https://other.example.com, {APP}")
        other = await preflight(shop_with, APP, Origin="https://evil.example.com")

        assert answer.status_code == 200
        assert answer.headers["access-control-allow-origin"] == APP
        assert answer.headers["access-control-allow-credentials"] == "true"
        assert "PATCH" in answer.headers["access-control-allow-methods"]
        assert other.status_code == 400
        assert "access-control-allow-origin" not in other.headers

    async def test_lets_the_page_read_etag_and_problem_alike(self, shop_with: Any) -> None:
        async with shop_with(cors_origins=APP) as app:
            transport = httpx.ASGITransport(app=app)
            async with httpx.AsyncClient(transport=transport, base_url="http://x") as client:
                refused = await client.get("/v1/shoes", headers={"Origin": APP})

        assert refused.status_code == 401
        assert refused.headers["access-control-allow-origin"] == APP
        assert "ETag" in refused.headers["access-control-expose-headers"]

    @pytest.mark.parametrize("wrong", ["*", "app.example.com", "https://app.example.com/path"])
    def test_takes_origins_and_nothing_else(self, wrong: str) -> None:
        with pytest.raises(ValidationError, match="origins"):
            Settings(
                database_url="postgresql+asyncpg://x/y",
                jwks=public_keys(),
                link_key=LINK_KEY,
                cors_origins=wrong,
            )
