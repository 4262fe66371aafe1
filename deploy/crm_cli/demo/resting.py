"""When the services have done what they had to."""

import asyncio
import time

from crm_cli import lag
from crm_cli.api import Api
from crm_cli.commands.status import look
from crm_cli.failure import CliError
from crm_cli.target import Target

_SECONDS_TO_SETTLE = 60
REACTING = ("contacts", "notifications", "reporting")


def settle(api: Api, target: Target) -> None:
    """Wait until every service has handled what it has heard so far."""
    deadline = time.monotonic() + _SECONDS_TO_SETTLE
    while not _at_rest(api, target):
        if time.monotonic() > deadline:
            raise CliError("The services do not come to rest: ./crm status")
        time.sleep(0.1)


def _at_rest(api: Api, target: Target) -> bool:
    known = [look(api, name) for name in ("deals", *REACTING)]
    if not all(seen["healthy"] and not seen["outbox"]["pending"] for seen in known):
        return False
    behind = asyncio.run(lag.ask(target)) or {}
    return not any(each.pending for durables in behind.values() for each in durables)
