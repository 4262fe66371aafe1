"""`import`: files go to the services' import API and are followed to the end."""

import json
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any, ClassVar

import pytest
from cli.harness import Crm, environment, runner

from crm_cli import env, importing
from crm_cli.failure import CliError

KEY = env.complete({})["CRM_OPERATOR_KEY"]
ROWS = "id,name\n" + "".join(f"{n},Фірма {n}\n" for n in range(2000))


class Imports(BaseHTTPRequestHandler):
    """The import API: takes a file, counts its rows, is done at the second look."""

    seen: ClassVar[list[dict[str, Any]]]
    files: ClassVar[list[bytes]]
    looks: ClassVar[int]
    failed: ClassVar[int]
    url: ClassVar[str]

    def do_POST(self) -> None:
        length = int(self.headers["Content-Length"])
        self.seen.append({"path": self.path, **json.loads(self.rfile.read(length))})
        self._answer(201, {"id": str(len(self.seen))})

    def do_PUT(self) -> None:
        self.files.append(self.rfile.read(int(self.headers["Content-Length"])))
        self._answer(202, {})

    def do_GET(self) -> None:
        if self.path.endswith("/errors"):
            return self._send(200, "text/csv", b"row,pointer,detail\n3,/name,is missing\n")
        type(self).looks += 1
        rows = self.files[-1].count(b"\n") - 1
        done = type(self).looks % 2 == 0
        progress = {"rows_total": rows, "rows_done": rows if done else 1, "failed": self.failed}
        counts = {"created": rows - self.failed, "updated": 0, "unchanged": 0}
        return self._answer(
            200, {"state": "completed" if done else "running", **progress, **counts}
        )

    def _answer(self, status: int, body: dict[str, Any]) -> None:
        self._send(status, "application/json", json.dumps(body).encode())

    def _send(self, status: int, kind: str, body: bytes) -> None:
        self.send_response(status)
        self.send_header("Content-Type", kind)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, format: str, *arguments: object) -> None:
        """Be quiet."""


@pytest.fixture
def service() -> Iterator[type[Imports]]:
    class Fresh(Imports):
        seen: ClassVar[list[dict[str, Any]]] = []
        files: ClassVar[list[bytes]] = []
        looks = failed = 0

    handler = Fresh
    with ThreadingHTTPServer(("127.0.0.1", 0), handler) as server:
        handler.url = f"http://127.0.0.1:{server.server_port}"
        thread = threading.Thread(target=server.serve_forever)
        thread.start()
        yield handler
        server.shutdown()
        thread.join()


@pytest.fixture
def crm(tmp_path: Path, standins: Path, service: Any) -> Crm:
    run = runner(environment(tmp_path / "state", standins, 1))

    def crm(*arguments: str) -> Any:
        return run("import", *arguments, CRM_URL=service.url, CRM_OPERATOR_KEY=KEY)

    return crm


@pytest.fixture
def file(tmp_path: Path) -> Path:
    path = tmp_path / "firms.csv"
    path.write_text(ROWS)
    return path


@pytest.fixture
def mapping(tmp_path: Path) -> Path:
    path = tmp_path / "mapping.json"
    path.write_text(json.dumps({"source_system": "old", "columns": {"name": "name"}}))
    return path


class TestImport:
    def test_sends_the_file_and_tells_what_became_of_it(
        self, crm: Crm, service: Any, file: Path, mapping: Path
    ) -> None:
        done = crm(str(file), "--mapping", str(mapping), "--noun", "company", "--json")
        [told] = json.loads(done.stdout)["files"]
        assert (done.returncode, told["state"], told["counts"]["created"]) == (0, "completed", 2000)
        [asked] = service.seen
        assert asked == {
            "path": "/v1/contact-imports",
            "noun": "company",
            "mapping": {"columns": {"name": "name"}},
            "dry_run": False,
            "source_system": "old",
        }
        assert service.files == [ROWS.encode()]

    def test_asks_for_a_dry_run(self, crm: Crm, service: Any, file: Path, mapping: Path) -> None:
        crm(str(file), "--mapping", str(mapping), "--noun", "deal", "--dry-run")
        assert (service.seen[0]["path"], service.seen[0]["dry_run"]) == ("/v1/deal-imports", True)

    def test_fails_and_keeps_the_rows_that_were_refused(
        self, crm: Crm, service: Any, file: Path, mapping: Path, tmp_path: Path
    ) -> None:
        service.failed = 1
        wrong = tmp_path / "wrong.csv"
        arguments = ("--mapping", str(mapping), "--noun", "company", "--errors", str(wrong))
        done = crm(str(file), *arguments)
        assert done.returncode == 1
        assert "is missing" in done.stdout
        assert wrong.read_text().startswith("row,pointer,detail")

    @pytest.mark.parametrize(
        ("arguments", "told"),
        [
            ((), "Say --preset NAME"),
            (("--preset", "nothing"), "There is no preset 'nothing'"),
            (("--mapping", "MAPPING", "--noun", "dragon"), "'dragon' cannot be imported"),
            (("--mapping", "/nowhere", "--noun", "deal"), "/nowhere is not there"),
        ],
    )
    def test_says_what_is_wrong(
        self, crm: Crm, file: Path, mapping: Path, arguments: tuple[str, ...], told: str
    ) -> None:
        given = [str(mapping) if each == "MAPPING" else each for each in arguments]
        done = crm(str(file), *given)
        assert done.returncode == 1
        assert told in done.stderr
        assert "Traceback" not in done.stderr

    def test_names_a_mapping_that_is_no_json(self, crm: Crm, file: Path) -> None:
        done = crm(str(file), "--mapping", str(file), "--noun", "company")
        assert "is not JSON" in done.stderr


class TestPresets:
    @pytest.mark.parametrize("name", importing.preset_names())
    def test_name_files_services_and_nouns(self, name: str, tmp_path: Path) -> None:
        preset = json.loads((importing.PRESETS / f"{name}.json").read_text())
        for step in preset["steps"]:
            name_of_file = step.get("file") or step["files"][0].replace("*", "")
            (tmp_path / name_of_file).touch()
        steps = importing.preset_steps(name, tmp_path)
        assert {step.service for step in steps} <= {"contacts", "deals"}

    @pytest.mark.parametrize("name", importing.preset_names())
    def test_say_which_file_is_missing(self, name: str, tmp_path: Path) -> None:
        with pytest.raises(CliError, match=r"\.csv"):
            importing.preset_steps(name, tmp_path)

    def test_take_several_files_of_one_noun_as_one(self, tmp_path: Path) -> None:
        (tmp_path / "deals-1.csv").write_bytes(b"\xef\xbb\xbfRecord ID,Deal Name\r\n1,A")
        (tmp_path / "deals-2.csv").write_bytes(b"Record ID,Deal Name\r\n2,B\r\n")
        [step] = [one for one in importing.preset_steps("hubspot", tmp_path) if one.noun == "deal"]

        parts = importing.parts_of(step)

        assert b"".join(importing.chunks(parts)) == (
            b"\xef\xbb\xbfRecord ID,Deal Name\r\n1,A\n2,B\r\n"
        )
        assert sum(part.size for part in parts) == len(b"".join(importing.chunks(parts)))

    def test_refuse_files_of_other_columns_as_one(self, tmp_path: Path) -> None:
        (tmp_path / "deals-1.csv").write_text("Record ID,Deal Name\n1,A\n")
        (tmp_path / "deals-2.csv").write_text("Record ID,Amount\n2,5\n")
        [step] = [one for one in importing.preset_steps("hubspot", tmp_path) if one.noun == "deal"]

        with pytest.raises(CliError, match="other columns"):
            importing.parts_of(step)
