"""A load client that costs little: bare HTTP/1.1 over connections that stay open."""

import asyncio
import socket
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

_HEAD_END = b"\r\n\r\n"
_LENGTH = b"content-length:"
_STATUS = slice(9, 12)
_NO_CONTENT = 204


@dataclass(frozen=True, slots=True)
class Reply:
    """An answer: its status, its head in small letters, its body."""

    status: int
    head: bytes
    body: bytes


class Connection(asyncio.Protocol):
    """One connection with at most one request on its way."""

    def __init__(self) -> None:
        self._transport: asyncio.Transport | None = None
        self._received = b""
        self._waiter: asyncio.Future[Reply] | None = None

    @classmethod
    async def open(cls, port: int) -> "Connection":
        """Connect to a server on this machine."""
        loop = asyncio.get_running_loop()
        _, protocol = await loop.create_connection(cls, "127.0.0.1", port)
        return protocol

    async def ask(self, request: bytes) -> Reply:
        """Send one request and return its answer."""
        if self._transport is None:
            raise ConnectionError("closed")
        self._waiter = asyncio.get_running_loop().create_future()
        self._transport.write(request)
        return await self._waiter

    @property
    def client_port(self) -> int:
        """The port at our end."""
        if self._transport is None:
            raise ConnectionError("closed")
        return int(self._transport.get_extra_info("sockname")[1])

    def close(self) -> None:
        if self._transport is not None:
            self._transport.close()

    def connection_made(self, transport: Any) -> None:
        transport.get_extra_info("socket").setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        self._transport = transport

    def connection_lost(self, exc: Exception | None) -> None:
        self._transport = None
        if self._waiter is not None and not self._waiter.done():
            self._waiter.set_exception(exc or ConnectionError("the server hung up"))

    def data_received(self, data: bytes) -> None:
        self._received = self._received + data if self._received else data
        end = self._received.find(_HEAD_END)
        if end < 0:
            return
        head = self._received[:end].lower()
        body_from = end + len(_HEAD_END)
        status = int(head[_STATUS])
        length = 0 if status == _NO_CONTENT else _content_length(head)
        if len(self._received) < body_from + length:
            return
        body = self._received[body_from : body_from + length]
        self._received = b""
        if self._waiter is not None and not self._waiter.done():
            self._waiter.set_result(Reply(status, head, body))


def _content_length(head: bytes) -> int:
    start = head.find(_LENGTH)
    if start < 0:
        raise ConnectionError("an answer without its length is not understood here")
    line_end = head.find(b"\r\n", start)
    return int(head[start + len(_LENGTH) : line_end if line_end > 0 else len(head)])


def request(
    method: str, path: str, *, token: str = "", body: bytes = b"", headers: Mapping[str, str] = {}
) -> bytes:
    """Return a request as it goes over the wire."""
    lines = [f"{method} {path} HTTP/1.1", "Host: 127.0.0.1"]
    if token:
        lines.append(f"Authorization: Bearer {token}")
    if body:
        lines += ["Content-Type: application/json", f"Content-Length: {len(body)}"]
    lines += [f"{name}: {value}" for name, value in headers.items()]
    return "\r\n".join([*lines, "", ""]).encode() + body
