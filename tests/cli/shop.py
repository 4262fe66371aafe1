"""A shop's page with the company's chat in it, and the colleague who answers."""

from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Thread
from typing import Any

import httpx
from cli.shown import Shown


def waiting_talks(api: httpx.Client) -> list[dict[str, Any]]:
    params = {"status": "waiting", "channel": "web_chat"}
    talks: list[dict[str, Any]] = api.get("/v1/conversations", params=params).json()["items"]
    return talks


@contextmanager
def a_shop(shown: Shown) -> Iterator[tuple[str, httpx.Client]]:
    """A page of a shop on an origin of its own, with the chat's line in it; and an admin."""
    bearer = {"Authorization": f"Bearer {shown.crm('token').stdout.strip()}"}
    with (
        httpx.Client(base_url=shown.url, headers=bearer, trust_env=False, timeout=20) as api,
        ThreadingHTTPServer(("127.0.0.1", 0), ShopPage) as server,
    ):
        shop = f"http://127.0.0.1:{server.server_address[1]}"
        made = api.post("/v1/web-chats", json={"name": "Shop", "origins": [shop]})
        assert made.status_code == 201, made.text
        ShopPage.snippet = made.json()["snippet"]
        thread = Thread(target=server.serve_forever, daemon=True)
        thread.start()
        yield shop, api
        server.shutdown()


class ShopPage(BaseHTTPRequestHandler):
    """The company's own page; every other path is none of it."""

    snippet = ""

    def do_GET(self) -> None:
        body = f'<!doctype html><html lang="uk"><link rel="icon" href="data:,">{self.snippet}'
        self.send_response(200)
        self.send_header("Content-Type", "text/html; charset=utf-8")
        self.end_headers()
        self.wfile.write(body.encode())

    def log_message(self, format: str, *args: object) -> None:
        """Be quiet."""
