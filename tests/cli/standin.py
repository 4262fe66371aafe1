"""A service of ten lines with the outside of a real one: `python -m crm_x migrate|all`."""

import asyncio
import json
import os
import sys
from collections.abc import Awaitable, Callable, MutableMapping
from pathlib import Path
from typing import Any

import uvicorn

NAME = Path(__file__).parent.name.removeprefix("crm_")
Message = MutableMapping[str, Any]
Send = Callable[[Message], Awaitable[None]]
Receive = Callable[[], Awaitable[Message]]


async def app(scope: Message, receive: Receive, send: Send) -> None:
    if scope["path"] == "/v1/stream":
        return await stream(send)
    if scope["path"].endswith("/drop"):
        os._exit(9)
    pages = {
        "/health/ready": {"status": "ready"},
        "/ops/status": {"service": NAME, "outbox": {"pending": 0}, "consumers": []},
        "/openapi.json": DOCUMENT,
    }
    body = b""
    while (message := await receive())["type"] == "http.request":
        body += message.get("body", b"")
        if not message.get("more_body"):
            break
    echo = {
        "service": NAME,
        "path": scope["path"],
        "query": scope["query_string"].decode(),
        "length": len(body),
        "headers": {n.decode(): v.decode() for n, v in scope["headers"]},
    }
    await reply(send, json.dumps(pages.get(scope["path"], echo)).encode())
    return None


DOCUMENT = {
    "openapi": "3.1.0",
    "info": {"title": NAME, "version": "1"},
    "paths": {
        "/health/ready": {"get": {"operationId": "ready"}},
        f"/v1/{NAME}": {
            "get": {
                "operationId": "list",
                "responses": {"200": {"$ref": "#/components/schemas/Page"}},
            }
        },
    },
    "components": {"schemas": {"Page": {"title": f"Page of {NAME}"}, "Problem": {}}},
}


async def stream(send: Send) -> None:
    headers = [(b"content-type", b"text/event-stream")]
    await send({"type": "http.response.start", "status": 200, "headers": headers})
    for number in range(3):
        event = f"data: {number}\n\n".encode()
        await send({"type": "http.response.body", "body": event, "more_body": True})
    await asyncio.Event().wait()


async def reply(send: Send, body: bytes) -> None:
    headers = [(b"content-type", b"application/json")]
    await send({"type": "http.response.start", "status": 200, "headers": headers})
    await send({"type": "http.response.body", "body": body})


if __name__ == "__main__":
    if sys.argv[1] == "all":
        if NAME == "contacts":
            sys.stderr.write("CRM first sign-in: admin@crm.local made-up-password\n")
            sys.stderr.flush()
        port = int(os.environ[f"{NAME.upper()}_PORT"])
        uvicorn.run(app, port=port, log_level="warning", timeout_graceful_shutdown=1)
