"""Other systems' users of the event bus, beside those that nats.conf is committed with."""

import json
import re
from pathlib import Path

from crm_cli.failure import CliError
from crm_cli.nats_conf import reader, with_users
from crm_cli.state import ROOT, State

COMMITTED = ROOT / "deploy" / "nats" / "nats.conf"
_NAME = re.compile(r"[a-z][a-z0-9-]{1,30}")
_TAKEN = re.compile(r"operator|(contacts|deals|notifications|reporting)-.*")


def check_name(name: str) -> None:
    """Refuse a name that is another user's, or that NATS could read as a pattern."""
    if not _NAME.fullmatch(name) or _TAKEN.fullmatch(name):
        raise CliError(
            f"{name!r} cannot be a user: use 2 to 31 small letters, digits and hyphens, "
            "and not the name of one of the system's own users."
        )


def read(folder: Path) -> dict[str, str]:
    """Return the added users with their passwords."""
    try:
        users: dict[str, str] = json.loads((folder / "nats-users.json").read_text())
    except FileNotFoundError:
        return {}
    return users


def add(folder: Path, name: str, password: str) -> None:
    """Note a user; an existing one gets the new password."""
    users = read(folder) | {name: password}
    path = folder / "nats-users.json"
    path.touch(mode=0o600)
    path.write_text(json.dumps(users))


def write_config(folder: Path, target: Path) -> None:
    """Write the committed file together with the added users."""
    users = [reader(name, password) for name, password in read(folder).items()]
    target.touch(mode=0o600)
    target.write_text(with_users(COMMITTED.read_text(), users))


def config_for(state: State) -> Path:
    """Return the file that the embedded server runs with; it can be written anew beneath it."""
    target = state.folder / "nats-users.conf"
    write_config(state.folder, target)
    return target
