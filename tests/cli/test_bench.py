"""The bench itself: tiny numbers, but every step of it is real."""

import json
import os
from collections.abc import Iterator
from pathlib import Path

import pytest
from cli.harness import ROOT, Crm, environment, runner

from crm_cli.bench import PART_NAMES
from crm_cli.bench.parts import PARTS

TINY = ("--seconds", "0.5", "--deals", "1000", "--runs", "1", "--json")


@pytest.fixture
def crm(tmp_path: Path) -> Iterator[Crm]:
    """The tool with the real services, on a state folder that it must not touch."""
    yield runner(environment(tmp_path / "state", ROOT / "deploy", 8000))
    assert not (tmp_path / "state").exists()


class TestBench:
    @pytest.mark.skipif(
        "CRM_TEST_FULL" not in os.environ, reason="a minute of both cores: `./crm test --full`"
    )
    def test_puts_the_stage_change_beside_its_limits(self, crm: Crm) -> None:
        done = crm("bench", "move", *TINY)

        assert done.returncode == 0, done.stderr
        [report] = json.loads(done.stdout)["parts"]
        figures = {figure["name"]: figure for figure in report["figures"]}
        limits = [figure for figure in report["figures"] if figure["verdict"] == "limit"]
        assert len(limits) == 6
        assert all(figure["rate"] > 0 and figure["p99"] > 0 for figure in limits)
        assert figures["stage change"]["target"] == ">= 600/s, p99 <= 60"
        assert figures["stage change"]["verdict"] in ("met", "MISSED")
        assert any("connections per API process: 8 + 8" in note for note in report["notes"])

    def test_names_the_parts_there_are(self, crm: Crm) -> None:
        done = crm("bench", "juggle")

        assert done.returncode == 1
        assert "There is no part 'juggle'" in done.stderr
        assert all(name in done.stderr for name in PART_NAMES)

    def test_measures_every_part_that_it_names(self) -> None:
        assert tuple(PARTS) == PART_NAMES
