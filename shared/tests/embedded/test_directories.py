"""Where data lies when the account of the server cannot reach the folder that was asked for."""

import os
import shutil
import tempfile
from pathlib import Path

import pytest

from crm_shared.embedded import directories
from crm_shared.embedded.account import Account
from crm_shared.embedded.directories import usable_data_dir

ANOTHER = Account(os.geteuid() + 1, os.getegid())


@pytest.fixture
def lasting(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A home of data that is not temporary, and nothing temporary in reach."""
    elsewhere = tmp_path / "temporary"
    elsewhere.mkdir()
    monkeypatch.setattr(tempfile, "tempdir", str(elsewhere))
    monkeypatch.setattr(directories, "_STATE", tmp_path / "state")
    return tmp_path / "state" / "crm-embedded"


@pytest.fixture
def closed(tmp_path: Path) -> Path:
    folder = tmp_path / "closed"
    folder.mkdir(mode=0o700)
    return folder


def with_data(wanted: Path, text: str = "rows") -> Path:
    kept = usable_data_dir(wanted, ANOTHER)
    (kept / "data").write_text(text)
    return kept


@pytest.mark.usefixtures("lasting")
class TestUsableDataDir:
    def test_is_the_folder_itself_for_ones_own_account(self, closed: Path) -> None:
        own = Account(os.geteuid(), os.getegid())

        assert usable_data_dir(closed / "postgres", own) == closed / "postgres"

    def test_is_elsewhere_when_the_folder_is_closed_and_stays_there(
        self, closed: Path, lasting: Path
    ) -> None:
        kept = with_data(closed / "postgres")

        assert kept.parent == lasting
        assert usable_data_dir(closed / "postgres", ANOTHER) == kept

    def test_follows_a_folder_that_was_renamed(self, closed: Path) -> None:
        kept = with_data(closed / "postgres")
        (closed / "postgres").rename(closed / "renamed")

        another = with_data(closed / "postgres", "another's")

        assert another != kept
        assert usable_data_dir(closed / "renamed", ANOTHER) == kept
        assert (kept / "data").read_text() == "rows"

    def test_keeps_the_data_of_a_folder_that_cannot_be_seen_now(self, closed: Path) -> None:
        kept = with_data(closed / "postgres")
        hidden = closed / "postgres"
        hidden.rename(closed / "a disk that is not mounted")

        with_data(closed / "another")

        assert (kept / "data").read_text() == "rows"

    def test_begins_anew_when_the_folder_was_removed(self, closed: Path) -> None:
        kept = with_data(closed / "postgres")
        shutil.rmtree(closed / "postgres")

        anew = usable_data_dir(closed / "postgres", ANOTHER)

        assert not (anew / "data").exists()
        assert (kept / "data").exists()

    def test_gives_a_copy_a_place_of_its_own(self, closed: Path) -> None:
        kept = with_data(closed / "postgres")
        shutil.copytree(closed / "postgres", closed / "copy")

        assert usable_data_dir(closed / "copy", ANOTHER) != kept
        assert usable_data_dir(closed / "postgres", ANOTHER) == kept


class TestTemporary:
    def test_data_goes_with_its_folder(
        self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setattr(tempfile, "tempdir", str(tmp_path))
        closed = tmp_path / "closed"
        closed.mkdir(mode=0o700)
        kept = with_data(closed / "postgres")
        shutil.rmtree(closed)
        closed.mkdir(mode=0o700)

        usable_data_dir(closed / "another", ANOTHER)

        assert not kept.exists()
