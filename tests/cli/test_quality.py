"""`test`: the steps, in order, each by a program that is there."""

import sys
from pathlib import Path

from crm_cli.commands.quality import FULL, checks


class TestChecks:
    def test_begin_with_what_fails_soonest_and_end_with_the_tests(self) -> None:
        names = [check.name.split()[0] for check in checks(full=False)]
        assert list(dict.fromkeys(names)) == [
            *("format", "lint", "types", "rooms", "contracts", "tests"),
        ]

    def test_run_programs_of_this_environment(self) -> None:
        programs = Path(sys.executable).parent
        assert all((programs / check.command[0]).exists() for check in checks(full=False))

    def test_check_the_types_of_every_member(self) -> None:
        typed = {check.command[-1] for check in checks(full=False, only=["types"])}
        assert typed == {
            *("shared", "deploy", "tests", "services/contacts", "services/deals"),
            *("services/notifications", "services/reporting"),
        }

    def test_take_the_long_ones_in_when_asked(self) -> None:
        assert checks(full=True)[-1].settings == {FULL: "1"}
