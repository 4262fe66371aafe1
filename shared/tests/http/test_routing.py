"""The route: dependencies come as the framework would bring them."""

from typing import Annotated, Any

import httpx
import pytest
from fastapi import Depends, Header, Query, Request, Response

from crm_shared.actor import Access, Permission, Role, Scope
from crm_shared.app import service_app
from crm_shared.http.auth import ActorDep, public, require
from crm_shared.http.etag import IfMatch
from crm_shared.http.routing import service_router
from crm_shared.http.session import ReadSessionDep, SessionDep, SettingsDep
from crm_shared.testing.servers import LINK_KEY, public_keys
from crm_shared.testing.shoes import Settings

USE = Permission("things:use", {Role.ADMIN: Scope.ALL, Role.SELLER: Scope.OWN})
SEE = Permission("things:see", {Role.ADMIN: Scope.ALL})


def app_of(router: Any) -> Any:
    settings = Settings(
        database_url="postgresql+asyncpg://crm@127.0.0.1:1/nowhere",
        nats_url="nats://127.0.0.1:1",
        jwks=public_keys(),
        link_key=LINK_KEY,
    )
    return service_app(settings, title="Shop", routers=[router], permissions=[USE, SEE])


async def color(request: Request) -> str:
    return request.headers["x-color"]


async def shade(
    inner: Annotated[str, Depends(color)], dark: Annotated[bool, Query()] = False
) -> str:
    return f"dark {inner}" if dark else inner


async def call(app: Any, sign_in: Any, path: str, **more: Any) -> httpx.Response:
    headers = {**sign_in("seller").headers, "x-color": "red", **more.pop("headers", {})}
    transport = httpx.ASGITransport(app=app)
    async with httpx.AsyncClient(transport=transport, base_url="http://shop") as client:
        return await client.get(path, headers=headers, **more)


class TestCrmRoute:
    async def test_brings_every_kind_of_dependency(self, sign_in: Any) -> None:
        router = service_router(dependencies=[require(USE)])

        @router.get("/all/{number}")
        async def show_all(  # noqa: PLR0913, PLR0917
            number: int,
            request: Request,
            response: Response,
            access: Annotated[Access, require(USE)],
            actor: ActorDep,
            settings: SettingsDep,
            expected: IfMatch,
            first: Annotated[str, Depends(color)],
            second: Annotated[str, Depends(shade)],
            session: SessionDep,
            reading: ReadSessionDep,
            x_size: Annotated[int, Header()] = 0,
        ) -> dict[str, Any]:
            response.headers["x-seen"] = request.url.path
            return {
                "number": number, "scope": access.scope, "same": actor == access.actor,
                "service": settings.service, "expected": expected, "first": first,
                "second": second, "size": x_size, "two": session is not reading,
            }  # fmt: skip

        answer = await call(
            app_of(router),
            sign_in,
            "/all/7?dark=true",
            headers={"If-Match": '"3"', "x-size": "42"},
        )

        assert answer.json() == {
            "number": 7, "scope": "own", "same": True, "service": "shop", "expected": 3,
            "first": "red", "second": "dark red", "size": 42, "two": True,
        }  # fmt: skip
        assert answer.headers["x-seen"] == "/all/7"

    async def test_demands_every_permission_it_names(self, sign_in: Any) -> None:
        router = service_router(dependencies=[require(USE)])

        @router.get("/both")
        async def show_both(access: Annotated[Access, require(SEE)]) -> str:
            return access.scope

        answer = await call(app_of(router), sign_in, "/both")

        assert (answer.status_code, answer.json()["permission"]) == (403, "things:see")

    @pytest.mark.parametrize(
        ("path", "name"),
        [
            ("/things", "things"),
            ("/things/a", "thing"),
            ("/things/a/parts", "parts"),
            ("/things/files/a/b.txt", "file"),
            ("/things/parts/parts", "parts"),
        ],
    )
    async def test_is_found_by_its_address(self, sign_in: Any, path: str, name: str) -> None:
        router = service_router(dependencies=[public()])

        @router.get("/things")
        async def things() -> str:
            return "things"

        @router.get("/things/files/{path:path}")
        async def file(path: str) -> str:
            return "file"

        @router.get("/things/{thing}")
        async def thing(thing: str) -> str:
            return "thing"

        @router.get("/things/{thing}/parts")
        async def parts(thing: str) -> str:
            return "parts"

        assert (await call(app_of(router), sign_in, path)).json() == name

    def test_does_not_start_with_an_endpoint_that_takes_a_thread(self) -> None:
        router = service_router(dependencies=[public()])
        router.get("/x")(lambda: "x")

        with pytest.raises(TypeError, match="not async"):
            app_of(router)
