"""Doubles of providers that speak the real protocols on real sockets, as a test scripts them."""

import asyncio
import json
import socket
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import parse_qs

import uvicorn
from aiosmtpd.smtp import SMTP, Envelope, Session


class MailServer:
    """A mail server whose answers the test chooses, letter by letter if it likes."""

    def __init__(
        self, after_data: str = "250 OK", after_rcpt: str = "250 OK", after_mail: str = "250 OK"
    ) -> None:
        self.after_mail = after_mail
        self.after_data = after_data
        self.after_rcpt = after_rcpt
        self.mails: list[bytes] = []
        self.script: list[str] = []
        self.came = asyncio.Event()
        self.goes_on = asyncio.Event()
        self.goes_on.set()
        self.connections: set[object] = set()

    async def handle_MAIL(
        self, server: SMTP, session: Session, envelope: Envelope, address: str, options: list[str]
    ) -> str:
        if self.after_mail.startswith("2"):
            envelope.mail_from = address
        return self.after_mail

    async def handle_RCPT(
        self, server: SMTP, session: Session, envelope: Envelope, address: str, options: list[str]
    ) -> str:
        self.connections.add(session.peer)
        if self.after_rcpt.startswith("2"):
            envelope.rcpt_tos.append(address)
        return self.after_rcpt

    async def handle_DATA(self, server: SMTP, session: Session, envelope: Envelope) -> str:
        assert isinstance(envelope.content, bytes)
        self.mails.append(envelope.content)
        self.came.set()
        await self.goes_on.wait()
        answer = self.script.pop(0) if self.script else self.after_data
        if answer == "hang up":
            assert isinstance(server.transport, asyncio.Transport)
            server.transport.abort()
        return answer


@asynccontextmanager
async def mail_server(handler: MailServer) -> AsyncIterator[str]:
    """Run the server on a free port of this machine."""
    loop = asyncio.get_running_loop()
    server = await loop.create_server(lambda: SMTP(handler, loop=loop), "127.0.0.1", 0)
    port = server.sockets[0].getsockname()[1]
    try:
        yield f"smtp://127.0.0.1:{port}"
    finally:
        server.close()
        await server.wait_closed()


@dataclass
class Asked:
    """One request as a provider sees it."""

    method: str
    path: str
    headers: dict[str, str]
    body: bytes

    @property
    def json(self) -> Any:
        return json.loads(self.body)

    @property
    def form(self) -> dict[str, str]:
        return {name: values[0] for name, values in parse_qs(self.body.decode()).items()}


@dataclass
class Double:
    """A provider that answers as the script says, and keeps what it was asked."""

    answers: list[tuple[int, dict[str, Any]]] = field(default_factory=list)
    headers: dict[str, str] = field(default_factory=dict)
    asked: list[Asked] = field(default_factory=list)
    hangs: bool = False

    async def __call__(self, scope: Any, receive: Any, send: Any) -> None:
        body, more = b"", True
        while more:
            part = await receive()
            body, more = body + part.get("body", b""), part.get("more_body", False)
        headers = {name.decode(): value.decode() for name, value in scope["headers"]}
        self.asked.append(Asked(scope["method"], scope["path"], headers, body))
        if self.hangs:
            while (await receive())["type"] != "http.disconnect":
                pass
            return
        status, said = self.answers.pop(0)
        told = {"content-type": "application/json", **self.headers}
        pairs = [(name.encode(), value.encode()) for name, value in told.items()]
        await send({"type": "http.response.start", "status": status, "headers": pairs})
        await send({"type": "http.response.body", "body": json.dumps(said).encode()})


class _Server(uvicorn.Server):
    """Tells when it listens."""

    def __init__(self, config: uvicorn.Config) -> None:
        super().__init__(config)
        self.listens = asyncio.Event()

    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        await super().startup(sockets)
        self.listens.set()


@asynccontextmanager
async def serving(double: Double) -> AsyncIterator[str]:
    """Serve a double on a free port of this machine."""
    config = uvicorn.Config(double, port=0, lifespan="off", log_level="critical", ws="none")
    server = _Server(config)
    task = asyncio.create_task(server.serve())
    await server.listens.wait()
    try:
        yield f"http://127.0.0.1:{server.servers[0].sockets[0].getsockname()[1]}"
    finally:
        server.should_exit = True
        await task
