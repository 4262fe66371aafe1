"""`demo`: from nothing to the story in one command."""

import asyncio
import time
from collections.abc import Callable
from typing import Any

from crm_cli import env
from crm_cli.api import Api
from crm_cli.commands import lifecycle
from crm_cli.console import AsJson, Url, note, say, show
from crm_cli.failure import CliError
from crm_cli.memory import footprint
from crm_cli.state import State
from crm_cli.target import Target, find

_MAILBOX = "NOTIFICATIONS_MAILBOX"


def demo(url: Url = None, as_json: AsJson = False) -> None:
    """Start the system, load a made-up company, move a deal and show what happens; stays up."""
    from crm_cli.demo import load, story
    from crm_cli.demo.resting import REACTING, settle

    began = time.monotonic()
    tell = note if as_json else say
    state = State.here()
    if url is None:
        _start(state, tell)
    target = find(url)
    with Api(target) as api:
        tell(f"{target.url} is up; loading «Карпатські вікна»")
        load.load(api, target, tell)
        settle(api, target)
        deals, move = story.open_deals(api, 4 if target.running else 1)
        token = story.sign_in(api, target)
        told = asyncio.run(story.tell(target.url, token, deals[0], move, tell))
        told["absences"] = []
        if target.running:
            tell("\nNow each of the three is away for a while:")
            for name, deal in zip(REACTING, deals[1:], strict=True):
                told["absences"].append(
                    asyncio.run(
                        story.tell_absence(state, target.url, token, name, deal, move, tell)
                    )
                )
        people = load.sign_ins(target)
    told |= {"url": target.url, "sign_ins": people, "seconds": round(time.monotonic() - began, 1)}
    told |= footprint(target.running, state.folder)
    show(told) if as_json else _farewell(target, told)


def _start(state: State, tell: Callable[[str], None]) -> None:
    state.prepare()
    settings = state.settings()
    if state.running() is None:
        if _MAILBOX not in settings:
            with state.settings_file.open("a") as file:
                file.write(f"{_MAILBOX}='true'\n")
        lifecycle.tell_ready(lifecycle.start_detached(state), tell)
    elif env.read(state.settings_file).get(_MAILBOX) != "true":
        raise CliError("The demo needs a mailbox: ./crm down, then ./crm demo again.")


def _farewell(target: Target, told: dict[str, Any]) -> None:
    say(f"\n{told['url']}  (docs: {told['url']}/-/deals/docs)")
    for person in told["sign_ins"]:
        say(f"  {person['role']:<12} {person['email']:<24} {person['password']}")
    size = f", {told['memory_mb']} MB of memory" if "memory_mb" in told else ""
    size += f", {told['disk_mb']} MB on disk" if "disk_mb" in told else ""
    say("The clients' letters: GET /v1/channels/mailbox/messages (a token: ./crm token)")
    stop = "./crm down" if target.running else "docker compose down"
    say(f"{told['seconds']} s{size}. It stays up. Stop it: {stop}")
