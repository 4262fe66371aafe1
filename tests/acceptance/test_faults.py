"""2.2: every counting fault of others has a named test of ours."""

import re
from pathlib import Path

ROOT = Path(__file__).parents[2]
NAMED = re.compile(r"`(services/[\w/]+\.py)::(\w+)`")


def test_every_fault_names_a_test_that_is_there() -> None:
    page = (ROOT / "docs/counting-faults.md").read_text("utf-8")
    rows = [line for line in page.splitlines() if line.startswith("| ")][2:]

    assert len(rows) == 14
    for row in rows:
        [(path, test)] = NAMED.findall(row)
        assert f"def {test}(" in (ROOT / path).read_text("utf-8"), row
