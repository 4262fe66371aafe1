"""Which account a server runs as: PostgreSQL refuses to run as root."""

import os
import pwd
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import TypedDict


class _PopenAccount(TypedDict, total=False):
    user: int
    group: int
    extra_groups: Iterable[int]


@dataclass(frozen=True, slots=True)
class Account:
    uid: int
    gid: int

    @property
    def is_another(self) -> bool:
        """Whether it is not the account this process runs as."""
        return self.uid != os.geteuid()

    @property
    def popen_options(self) -> _PopenAccount:
        if not self.is_another:
            return {}
        return {"user": self.uid, "group": self.gid, "extra_groups": []}

    def own(self, folder: Path) -> None:
        """Gives the folder to this account and closes it to every other."""
        folder.chmod(0o700)
        if self.is_another:
            os.chown(folder, self.uid, self.gid)


def server_account() -> Account:
    """The current account, or as root one without rights that every system has."""
    if os.geteuid() != 0:
        return Account(os.geteuid(), os.getegid())
    for name in ("postgres", "nobody"):
        try:
            entry = pwd.getpwnam(name)
        except KeyError:
            continue
        return Account(entry.pw_uid, entry.pw_gid)
    return Account(65534, 65534)
