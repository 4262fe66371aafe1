"""What every command has in common."""

import subprocess
import sys
from typing import Any

import pytest
import typer.main
from cli.harness import ROOT

from crm_cli.app import app
from crm_cli.failure import CliError
from crm_cli.nats_users import check_system

ASKED = "demo effect up down status token import rebuild contracts migrate backup restore test"


def leaves(command: Any, *path: str) -> dict[str, Any]:
    if not hasattr(command, "commands"):
        return {" ".join(path): command}
    return {
        name: leaf
        for key, inner in command.commands.items()
        for name, leaf in leaves(inner, *path, key).items()
    }


COMMANDS = leaves(typer.main.get_command(app))


class TestCommands:
    def test_are_those_that_were_promised(self) -> None:
        families = {"events tail", "events republish", "nats-user add"}
        letters = {f"dead-letters {verb}" for verb in ("list", "show", "retry", "drop")}
        assert set(COMMANDS) >= set(ASKED.split()) | families | letters

    @pytest.mark.parametrize("name", COMMANDS)
    def test_say_what_they_do(self, name: str) -> None:
        assert COMMANDS[name].help

    @pytest.mark.parametrize("name", sorted(set(COMMANDS) - {"dead-letters show"}))
    def test_speak_json(self, name: str) -> None:
        options = [option for each in COMMANDS[name].params for option in each.opts]
        assert "--json" in options

    def test_print_help_without_loading_the_servers(self) -> None:
        code = (
            "import sys; from crm_cli.app import app\n"
            "try: app(['--help'])\n"
            "except SystemExit: pass\n"
            "heavy = {'uvicorn', 'fastapi', 'sqlalchemy', 'nats'} & set(sys.modules)\n"
            "sys.exit(', '.join(heavy) or 0)"
        )
        done = subprocess.run(
            [sys.executable, "-c", code], capture_output=True, text=True, check=False, cwd=ROOT
        )
        assert done.returncode == 0, done.stderr


class TestSystemsThatBring:
    def test_are_called_as_the_api_has_it(self) -> None:
        check_system("a" * 24)
        for name in ("a" * 25, "a", "1a", "a.b", "a*"):
            with pytest.raises(CliError):
                check_system(name)
