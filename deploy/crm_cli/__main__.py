"""`python -m crm_cli`: runs a command; what it cannot do it says in one message."""

import sys

from crm_cli.app import app
from crm_cli.console import note, show
from crm_cli.failure import CliError


def main() -> int:
    """Run the command that the arguments name."""
    try:
        app(prog_name="crm")
    except CliError as failed:
        if "--json" in sys.argv:
            show({"error": str(failed)})
        note(f"crm: {failed}")
        return failed.exit_code
    return 0


if __name__ == "__main__":
    sys.exit(main())
