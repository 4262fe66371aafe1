"""Files and mappings that cannot be taken get a clear answer, and nothing is written."""

from typing import Any

import httpx
import pytest
from shop_export import FILE, HEADER, WON, MakeTrial, with_field

from crm_shared.ids import new_id
from crm_shared.settings import ServiceSettings
from crm_shared.testing.imports import ImportTrial, counts
from crm_shared.testing.plugin import ClientAs


def told(answer: httpx.Response) -> list[tuple[str, str]]:
    """Return pointer and rule of every fault in a problem document."""
    return [(one["pointer"], one["code"]) for one in answer.json()["errors"]]


class TestMappings:
    async def test_that_name_an_unknown_column_are_refused_with_its_name(
        self, trial: ImportTrial
    ) -> None:
        answer = await trial.send(FILE, mapping=with_field("amount", "close_value"))

        assert (answer.status_code, answer.json()["code"]) == (422, "invalid-mapping")
        assert told(answer) == [("/mapping/fields/amount", "unknown-column")]
        assert "'close_value'" in answer.json()["errors"][0]["detail"]
        [kept] = (await trial.client.get(trial.path)).json()["items"]
        assert kept["state"] == "awaiting_file"

    async def test_that_are_right_take_a_second_attempt_at_the_file(
        self, trial: ImportTrial
    ) -> None:
        begun = (await trial.begin()).json()
        file = f"{trial.path}/{begun['id']}/file"

        refused = await trial.client.put(file, content=b"id,agent\n1,Anna\n")
        taken = await trial.client.put(file, content=FILE.encode())
        again = await trial.client.put(file, content=FILE.encode())

        assert [one.status_code for one in (refused, taken, again)] == [422, 200, 409]
        assert counts(await trial.finish(begun["id"])) == {"created": 4}

    @pytest.mark.parametrize(
        ("fields", "fault"),
        [
            ({"title": "product", "colour": "stage"}, ("/mapping/fields/colour", "unknown-field")),
            ({"amount": "value"}, ("/mapping/fields", "missing-field")),
            (
                {"title": "product", "stage_id": {"column": "stage", "by": "colour"}},
                ("/mapping/fields/stage_id/by", "unknown-name"),
            ),
            (
                {"title": "product", "line_items": "product"},
                ("/mapping/fields/line_items", "wrong-shape"),
            ),
            (
                {"title": "product", "line_items": [{"colour": "product"}]},
                ("/mapping/fields/line_items/0/colour", "unknown-field"),
            ),
            ({"title": {"column": "a", "constant": "b"}}, None),
            ({"title": {"colum": "a"}}, None),
        ],
    )
    async def test_that_do_not_fit_the_noun_are_refused(
        self, trial: ImportTrial, fields: dict[str, Any], fault: tuple[str, str] | None
    ) -> None:
        answer = await trial.begin({"external_id": "id", "fields": fields})

        assert answer.status_code == 422
        assert fault is None or told(answer) == [fault]

    async def test_of_a_noun_that_is_none_are_refused(self, trial: ImportTrial) -> None:
        answer = await trial.begin(noun="colour")

        assert (answer.status_code, answer.json()["code"]) == (422, "unknown-noun")


class TestFiles:
    @pytest.mark.parametrize(
        ("content", "encoding", "delimiter"),
        [
            (FILE.encode(), "utf-8-sig", ","),
            (FILE.encode("utf-8-sig"), "utf-8-sig", ","),
            (FILE.encode("cp1251"), "cp1251", ","),
            (FILE.replace(",", ";").replace("\n", "\r\n").encode(), "utf-8-sig", ";"),
        ],
    )
    async def test_come_as_spreadsheets_save_them(
        self, trial: ImportTrial, content: bytes, encoding: str, delimiter: str
    ) -> None:
        seen = await trial.bring_in(content)

        assert counts(seen) == {"created": 4}
        assert (seen["encoding"], seen["delimiter"], seen["size"]) == (
            encoding,
            delimiter,
            len(content),
        )

    @pytest.mark.parametrize(
        ("content", "code"),
        [
            (FILE.encode() + b"\xff\xfe", "broken-encoding"),
            (FILE.encode() + b"D7,\0\n", "nul-byte"),
            (FILE.encode("utf-16"), "utf-16"),
            (b"", "empty-file"),
        ],
    )
    async def test_that_are_no_text_are_refused_at_once(
        self, trial: ImportTrial, content: bytes, code: str
    ) -> None:
        answer = await trial.send(content)

        assert (answer.status_code, answer.json()["code"]) == (422, "unreadable-file")
        assert told(answer) == [("", code)]
        assert await trial.sql("SELECT 1 FROM import_pieces") == []

    @pytest.mark.parametrize(
        ("end", "code"),
        [
            ("D8,Anna," + "x" * 10_000_000 + ",,New,,,\n", "cell-too-large"),
            ('D8,"Anna,GTX Pro,,New,,,\n', "unclosed-quote"),
            ('D8,"Anna"x,GTX Pro,,New,,,\n', "malformed"),
        ],
    )
    async def test_that_break_at_the_end_have_changed_nothing(
        self, trial: ImportTrial, end: str, code: str
    ) -> None:
        seen = await trial.bring_in(FILE + end)

        assert (seen["state"], counts(seen)) == ("failed", {})
        assert await trial.faults(seen["id"]) == [(6, None, code)]
        assert await trial.sql("SELECT 1 FROM deals") == []
        assert await trial.sql("SELECT 1 FROM import_pieces") == []

    async def test_without_rows_are_soon_done(self, trial: ImportTrial) -> None:
        seen = await trial.bring_in(HEADER)

        assert (seen["state"], seen["rows_total"]) == ("completed", 0)

    async def test_need_an_import(self, trial: ImportTrial) -> None:
        answer = await trial.client.put(f"{trial.path}/{new_id()}/file", content=b"id\n")

        assert answer.status_code == 404


class TestLimits:
    @pytest.fixture
    def settings(self, settings: ServiceSettings) -> ServiceSettings:
        return settings.model_copy(update={"import_max_bytes": 300, "import_max_rows": 2})

    async def test_of_bytes_are_counted_while_they_stream(self, trial: ImportTrial) -> None:
        async def stream() -> Any:
            for _ in range(400):
                yield b"x,"

        begun = (await trial.begin()).json()
        file = f"{trial.path}/{begun['id']}/file"

        said = await trial.client.put(file, content=b"x" * 301)
        counted = await trial.client.put(file, content=stream())

        assert (said.status_code, counted.status_code) == (413, 413)
        assert said.json()["code"] == "import-too-large"
        assert await trial.sql("SELECT 1 FROM import_pieces") == []

    async def test_of_rows_are_kept_before_one_is_written(self, trial: ImportTrial) -> None:
        seen = await trial.bring_in(HEADER + "".join(f"D{n},,GTX Pro,,New,,,\n" for n in range(3)))

        assert seen["state"] == "failed"
        assert await trial.faults(seen["id"]) == [(None, None, "too-many-rows")]
        assert await trial.sql("SELECT 1 FROM deals") == []


class TestCallers:
    @pytest.mark.parametrize("role", ["seller", "head", "viewer", "accountant", "marketing"])
    async def test_need_the_right_to_import(
        self, client_as: ClientAs, trial_of: MakeTrial, role: str
    ) -> None:
        assert (await trial_of(client_as(role)).begin()).status_code == 403

    async def test_may_be_integrations(
        self, client_as: ClientAs, trial_of: MakeTrial, shop: None
    ) -> None:
        seen = await trial_of(client_as("integration")).bring_in(HEADER + WON)

        assert counts(seen) == {"created": 1}

    async def test_may_stop_an_import(self, trial: ImportTrial) -> None:
        import_id = await trial.queue(FILE)

        stopped = await trial.client.post(f"{trial.path}/{import_id}/cancel")
        again = await trial.client.post(f"{trial.path}/{import_id}/cancel")

        assert (stopped.json()["state"], again.status_code) == ("cancelled", 409)
        assert await trial.step() == 0
        assert await trial.sql("SELECT 1 FROM deals") == []

    async def test_see_their_imports(self, trial: ImportTrial) -> None:
        first, second = await trial.queue(FILE), await trial.queue(FILE)

        page = (await trial.client.get(f"{trial.path}?limit=1")).json()
        rest = await trial.client.get(f"{trial.path}?limit=1&cursor={page['next_cursor']}")

        assert [page["items"][0]["id"], rest.json()["items"][0]["id"]] == [second, first]
