"""A mail server that takes everything and forgets it, but when each letter came."""

import asyncio
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field

_END = b"\r\n.\r\n"
_SAID = {b"QUIT": b"221 bye\r\n", b"DATA": b"354 go on\r\n"}
_NAME = b"Message-ID: <"


@dataclass(slots=True)
class MailServer:
    """Speaks as much SMTP as a sender needs; `came` has each letter's name and its moment."""

    port: int = 0
    came: dict[str, float] = field(default_factory=dict)

    async def talk(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        """Take letters until the other side says goodbye."""
        writer.write(b"220 bench\r\n")
        while line := await reader.readline():
            verb = line[:4].upper().strip()
            writer.write(_SAID.get(verb, b"250 OK\r\n"))
            if verb == b"DATA":
                self._note(await reader.readuntil(_END))
                writer.write(b"250 taken\r\n")
            if verb == b"QUIT":
                break
        writer.close()

    def _note(self, letter: bytes) -> None:
        _, _, rest = letter.partition(_NAME)
        self.came[rest.partition(b"@")[0].decode()] = time.perf_counter()


@asynccontextmanager
async def mail_server() -> AsyncIterator[MailServer]:
    """Run one on a free port of this machine."""
    double = MailServer()
    server = await asyncio.start_server(double.talk, "127.0.0.1", 0, limit=1 << 20)
    double.port = server.sockets[0].getsockname()[1]
    async with server:
        yield double


@asynccontextmanager
async def mute_server() -> AsyncIterator[int]:
    """Yield the port of a provider that takes every call and never answers."""

    async def hang(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        while await reader.read(1 << 16):
            pass
        writer.close()

    server = await asyncio.start_server(hang, "127.0.0.1", 0)
    async with server:
        yield int(server.sockets[0].getsockname()[1])


async def hand_over(port: int, letters: int) -> list[float]:
    """Hand letters over one after the other, as quickly as the server takes them."""
    reader, writer = await asyncio.open_connection("127.0.0.1", port)
    took = []

    async def said(line: bytes) -> None:
        writer.write(line)
        await reader.readline()

    await reader.readline()
    await said(b"EHLO bench\r\n")
    for number in range(letters):
        began = time.perf_counter()
        for line in (b"RSET\r\n", b"MAIL FROM:<a@example.com>\r\n", b"RCPT TO:<b@example.com>\r\n"):
            await said(line)
        await said(b"DATA\r\n")
        letter = _NAME + b"%d@bench>\r\nSubject: Bench\r\n\r\n" % number + b"word " * 100 + _END
        await said(letter)
        took.append(time.perf_counter() - began)
    await said(b"QUIT\r\n")
    writer.close()
    return took
