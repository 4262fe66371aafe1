"""`effect`: the worked example needs nothing that runs."""

import json
from pathlib import Path

from typer.testing import CliRunner

from crm_cli.app import app
from crm_cli.failure import CliError


def test_prints_the_report_of_the_worked_example(tmp_path: Path) -> None:
    """E1, E3 and E6: to the hryvnia; both ways of counting stand side by side."""
    printed = CliRunner().invoke(app, ["effect"]).output
    rows = {line[:37].strip(): line[37:].split() for line in printed.splitlines()}
    assert rows["sales"] == ["99,056.75", "99,082.00"]
    assert rows["growth"] == ["+19,056.75", "+19,082.00"]
    assert rows["growth, %"] == ["+23.82", "+23.85"]
    assert rows["payback on sales, months"] == ["0.787", "0.786"]
    assert rows["margin that pays back in 1 month, %"] == ["78.71", "78.61"]
    assert max(map(len, printed.splitlines())) <= 80
    assert "nothing here was measured" in printed

    wrong = tmp_path / "wrong.json"
    wrong.write_text(json.dumps({"situation": {"leads": "secret"}}))
    refused = CliRunner().invoke(app, ["effect", str(wrong)])
    assert isinstance(refused.exception, CliError)
    assert "situation.leads" in str(refused.exception)
    assert "secret" not in str(refused.exception)
