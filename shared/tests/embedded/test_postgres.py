"""The embedded PostgreSQL: it starts, keeps its data and says what is wrong."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from crm_shared.embedded.errors import (
    AlreadyRunningError,
    BinaryMissingError,
    EmbeddedServerError,
)
from crm_shared.embedded.postgres import Postgres


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Postgres]:
    with Postgres.start(tmp_path_factory.mktemp("server"), fsync=False) as server:
        yield server


class TestStart:
    def test_keeps_the_data_of_the_last_run(self, tmp_path: Path) -> None:
        with Postgres.start(tmp_path, fsync=False) as first:
            first.psql("CREATE TABLE shoes (size int); INSERT INTO shoes VALUES (43)")

        with Postgres.start(tmp_path, fsync=False) as second:
            assert second.psql("SELECT size FROM shoes") == "43"

    def test_recovers_what_was_committed_before_a_crash(self, tmp_path: Path) -> None:
        crashed = Postgres.start(tmp_path)
        crashed.psql("CREATE TABLE shoes (size int); INSERT INTO shoes VALUES (43)")
        crashed.kill_immediate()

        with Postgres.start(tmp_path) as recovered:
            assert recovered.psql("SELECT size FROM shoes") == "43"

    def test_begins_anew_after_a_first_start_cut_short(self, tmp_path: Path) -> None:
        with Postgres.start(tmp_path, fsync=False) as first:
            folder = first.data_dir
        (folder / "pgdata").rename(folder / "pgdata.new")

        with Postgres.start(tmp_path, fsync=False) as second:
            assert second.psql("SELECT 1") == "1"

    def test_puts_the_socket_elsewhere_when_the_path_is_too_long(self, tmp_path: Path) -> None:
        deep = tmp_path / ("d" * 60) / ("d" * 60)

        with Postgres.start(deep, fsync=False) as server:
            assert len(server.host) < len(str(deep))
            assert server.psql("SELECT 1") == "1"

    def test_refuses_a_folder_in_use(self, server: Postgres) -> None:
        with pytest.raises(AlreadyRunningError, match="stop it first"):
            Postgres.start(server.data_dir)

    def test_shows_the_log_when_a_setting_is_wrong(self, tmp_path: Path) -> None:
        with pytest.raises(EmbeddedServerError, match="no_such_setting"):
            Postgres.start(tmp_path, settings={"no_such_setting": "1"})

    def test_names_what_is_missing(self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setenv("CRM_PG_BINDIR", str(tmp_path))

        with pytest.raises(BinaryMissingError, match="CRM_PG_BINDIR"):
            Postgres.start(tmp_path / "data")


class TestPsql:
    def test_knows_cyrillic_letters(self, server: Postgres) -> None:
        assert server.psql("SELECT lower('ЇЖАК'), 'Їжак' ILIKE 'їжак'") == "їжак|t"

    def test_sees_the_settings_asked_for(self, server: Postgres) -> None:
        assert server.psql("SHOW fsync; SHOW max_connections") == "off\n200"

    def test_raises_what_the_server_says(self, server: Postgres) -> None:
        with pytest.raises(EmbeddedServerError, match="division by zero"):
            server.psql("SELECT 1 / 0")


class TestEnsureDatabase:
    def test_may_be_asked_twice(self, server: Postgres) -> None:
        server.ensure_database("twice")
        server.ensure_database("twice")

        assert server.psql("SELECT current_database()", database="twice") == "twice"

    def test_copies_a_template(self, server: Postgres) -> None:
        server.ensure_database("pattern")
        server.psql("CREATE TABLE shoes (size int)", database="pattern")

        server.ensure_database("copied", template="pattern")

        assert server.psql("SELECT count(*) FROM shoes", database="copied") == "0"

    def test_refuses_a_name_that_needs_quoting(self, server: Postgres) -> None:
        with pytest.raises(ValueError, match="not a database name"):
            server.ensure_database('x"; DROP DATABASE y')


class TestDropDatabase:
    def test_may_be_asked_twice(self, server: Postgres) -> None:
        server.ensure_database("gone")
        server.drop_database("gone")
        server.drop_database("gone")

        assert server.psql("SELECT count(*) FROM pg_database WHERE datname = 'gone'") == "0"
