"""Other systems' users of the event bus, beside those that nats.conf is committed with."""

import json
import re
from pathlib import Path

from crm_cli.failure import CliError
from crm_cli.nats_conf import User, reader, sender, with_users
from crm_cli.state import ROOT, State

COMMITTED = ROOT / "deploy" / "nats" / "nats.conf"
_FILE = "nats-users.json"
_NAME = re.compile(r"[a-z][a-z0-9-]{1,30}")
# as POST /v1/inbound has it
_SYSTEM = re.compile(r"[a-z][a-z0-9-]{1,23}")
_TAKEN = re.compile(r"operator|(contacts|deals|notifications|reporting)-.*")


def check_name(name: str) -> None:
    """Refuse a name that is another user's, or that NATS could read as a pattern."""
    if not _NAME.fullmatch(name) or _TAKEN.fullmatch(name):
        raise CliError(
            f"{name!r} cannot be a user: use 2 to 31 small letters, digits and hyphens, "
            "and not the name of one of the system's own users."
        )


def check_system(system: str) -> None:
    """Refuse what no system can be called: its name is a part of its subjects."""
    if not _SYSTEM.fullmatch(system):
        raise CliError(
            f"{system!r} cannot be a system: use 2 to 24 small letters, digits and hyphens."
        )


def read(folder: Path) -> dict[str, dict[str, str]]:
    """Return the added users: password, and of those that bring things in their system."""
    try:
        users: dict[str, str | dict[str, str]] = json.loads((folder / _FILE).read_text())
    except FileNotFoundError:
        return {}
    return {
        name: {"password": said} if isinstance(said, str) else said for name, said in users.items()
    }


def add(folder: Path, name: str, password: str, *, system: str | None = None) -> None:
    """Note a user; an existing one gets the new password."""
    told = {"password": password} | ({} if system is None else {"system": system})
    path = folder / _FILE
    users = read(folder) | {name: told}
    path.touch(mode=0o600)
    path.write_text(json.dumps(users))


def write_config(folder: Path, target: Path) -> None:
    """Write the committed file together with the added users."""
    users = [_user(name, **told) for name, told in read(folder).items()]
    target.touch(mode=0o600)
    target.write_text(with_users(COMMITTED.read_text(), users))


def _user(name: str, password: str, system: str | None = None) -> User:
    return reader(name, password) if system is None else sender(name, password, system)


def config_for(state: State) -> Path:
    """Return the file that the embedded server runs with; it can be written anew beneath it."""
    target = state.folder / "nats-users.conf"
    write_config(state.folder, target)
    return target
