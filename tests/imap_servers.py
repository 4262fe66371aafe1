"""IMAP servers for tests: a small double that speaks the protocol, and Debian's dovecot."""

import asyncio
import os
import re
import shutil
import subprocess
import time
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager, contextmanager
from pathlib import Path
from socket import socket

from crm_notifications.mail_intake.senders.imap import ImapServer, MailboxAwayError, visit

USER, PASSWORD = "crm@example.org", "a-secret-of-ours"
# it gives its rights away to the mailbox's owner: only root can
DOVECOT = shutil.which("dovecot", path="/usr/sbin:/usr/local/sbin:/usr/bin")
WHY_NOT = "needs dovecot-imapd of Debian, and root to start it"
CAN_RUN = DOVECOT is not None and os.getuid() == 0


class Double:
    """Answers as RFC 3501 asks: LOGIN, EXAMINE, UID SEARCH, UID FETCH, LOGOUT."""

    def __init__(self) -> None:
        self.letters: dict[int, bytes] = {}
        self.validity = 7
        self.next_uid = 1
        self.says: list[str] = []

    def put(self, raw: bytes) -> None:
        """Let a letter arrive."""
        self.letters[self.next_uid] = raw
        self.next_uid += 1

    def make_anew(self) -> None:
        """Number the mailbox anew, as after a move to another server."""
        self.validity += 1
        self.letters = dict(enumerate(self.letters.values(), start=1))
        self.next_uid = len(self.letters) + 1

    async def serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        writer.write(b"* OK ready\r\n")
        while line := (await reader.readline()).decode():
            tag, _, command = line.strip().partition(" ")
            self.says.append(command)
            writer.write(self._answer(command))
            writer.write(f"{tag} OK done\r\n".encode())
            if command.upper().startswith("LOGOUT"):
                break
        writer.close()

    def _answer(self, command: str) -> bytes:
        words = command.upper()
        if words.startswith("CAPABILITY"):
            return b"* CAPABILITY IMAP4rev1\r\n"
        if words.startswith(("EXAMINE", "SELECT")):
            told = f"* OK [UIDVALIDITY {self.validity}]\r\n* OK [UIDNEXT {self.next_uid}]\r\n"
            return f"* {len(self.letters)} EXISTS\r\n{told}".encode()
        if found := re.match(r"UID SEARCH UID (\d+):(\d+)", words):
            uids = [uid for uid in self.letters if int(found[1]) <= uid <= int(found[2])]
            return f"* SEARCH {' '.join(map(str, uids))}\r\n".encode()
        if found := re.match(r"UID FETCH (\d+) (.*)", words):
            return self._fetched(int(found[1]), found[2])
        return b""

    def _fetched(self, uid: int, what: str) -> bytes:
        raw = self.letters.get(uid)
        if raw is None:
            return b""
        if "SIZE" in what:
            return f"* 1 FETCH (UID {uid} RFC822.SIZE {len(raw)})\r\n".encode()
        name = "BODY[HEADER]" if "HEADER" in what else "BODY[]"
        sent = raw.split(b"\r\n\r\n")[0] if "HEADER" in what else raw
        return f"* 1 FETCH (UID {uid} {name} {{{len(sent)}}}\r\n".encode() + sent + b")\r\n"


@asynccontextmanager
async def double() -> AsyncIterator[tuple[Double, ImapServer]]:
    """Run the double on a free port."""
    mailbox = Double()
    server = await asyncio.start_server(mailbox.serve, "127.0.0.1", 0)
    port = server.sockets[0].getsockname()[1]
    async with server:
        yield mailbox, ImapServer("127.0.0.1", port, USER, PASSWORD, "INBOX", use_tls=False)


class Maildir:
    """The mailbox of a dovecot, as its delivery agent sees it."""

    def __init__(self, home: Path) -> None:
        self.home = home
        self._count = 0

    def put(self, raw: bytes) -> None:
        """Let a letter arrive."""
        self._count += 1
        name = f"{1_700_000_000 + self._count}.M1P1.test"
        (self.home / "tmp" / name).write_bytes(raw)
        shutil.chown(self.home / "tmp" / name, "nobody", "nogroup")
        (self.home / "tmp" / name).rename(self.home / "new" / name)

    def make_anew(self) -> None:
        """Let the server forget its numbers."""
        for name in self.home.glob("dovecot*"):
            name.unlink()


@contextmanager
def dovecot(folder: Path) -> Iterator[tuple[Maildir, ImapServer]]:
    """Run Debian's dovecot on a free port, all of it in one folder."""
    home = folder / "mail"
    for part in ("cur", "new", "tmp"):
        (home / part).mkdir(parents=True)
        shutil.chown(home / part, "nobody", "nogroup")
    shutil.chown(home, "nobody", "nogroup")
    with socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    config = folder / "dovecot.conf"
    config.write_text(_CONFIG.format(folder=folder, home=home, port=port, password=PASSWORD))
    process = subprocess.Popen(
        [DOVECOT or "", "-F", "-c", str(config)], stderr=subprocess.DEVNULL, cwd=folder
    )
    server = ImapServer("127.0.0.1", port, USER, PASSWORD, "INBOX", use_tls=False)
    try:
        _await_readiness(server, process)
        yield Maildir(home), server
    finally:
        process.terminate()
        process.wait(10)


def _await_readiness(server: ImapServer, process: subprocess.Popen[bytes]) -> None:
    until = time.monotonic() + 15
    while True:
        try:
            visit(server, validity=0, after=0, limit=1)
        except MailboxAwayError:
            if process.poll() is not None or time.monotonic() > until:
                raise
            time.sleep(0.05)
        else:
            return


_CONFIG = """\
base_dir = {folder}/run
state_dir = {folder}/state
log_path = {folder}/log
protocols = imap
listen = 127.0.0.1
ssl = no
disable_plaintext_auth = no
default_internal_user = root
default_internal_group = root
default_login_user = nobody
first_valid_uid = 1
first_valid_gid = 1
mail_location = maildir:{home}
passdb {{
  driver = static
  args = password={password}
}}
userdb {{
  driver = static
  args = uid=nobody gid=nogroup home={folder}
}}
service imap-login {{
  chroot =
  inet_listener imap {{
    port = {port}
  }}
  inet_listener imaps {{
    port = 0
  }}
}}
service anvil {{
  chroot =
}}
"""
