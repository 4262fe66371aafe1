"""What surveys may ask, what is an answer, and what answers come to."""

from decimal import Decimal
from typing import Any

import pytest

from crm_contacts.surveys.rules.asking import faults_of, read_answers
from crm_contacts.surveys.rules.counting import flat, score_figure, shares, table_of
from crm_contacts.surveys.rules.page import Asked, form_page


def question(key: str, kind: str, **given: Any) -> dict[str, Any]:
    texts = {"en": f"About {key}?", "uk": f"Про {key}?"}
    plain = {"key": key, "type": kind, "texts": texts, "required": False, "options": []}
    return {**plain, "from": 1, "to": 5, **given}


OPTIONS = [{"code": code, "texts": {"en": code, "uk": code}} for code in ("shop", "phone")]
QUESTIONS = [
    question("speed", "scale", required=True),
    question("where", "choice", options=OPTIONS),
    question("how", "several", options=OPTIONS),
    question("why", "text"),
]


class TestM11Questions:
    @pytest.mark.parametrize(
        ("change", "pointer"),
        [
            ({}, None),
            ({"titles": {}}, "/titles"),
            ({"titles": {"en": "Hello"}}, "/questions/0/texts"),
            ({"kind": "nps"}, "/score_key"),
            ({"score_key": "why"}, "/score_key"),
            ({"score_key": None, "kind": "form", "low_score": 2}, "/low_score"),
            ({"questions": [*QUESTIONS, QUESTIONS[0]]}, "/questions/4/key"),
            ({"questions": [question("speed", "scale", options=OPTIONS)]}, "/questions/0/options"),
            ({"questions": [question("speed", "scale", to=1)]}, "/questions/0/to"),
            (
                {"questions": [*QUESTIONS, question("more", "choice", options=OPTIONS * 2)]},
                "/questions/4/options",
            ),
        ],
    )
    def test_are_refused_where_nobody_could_answer(
        self, change: dict[str, Any], pointer: str | None
    ) -> None:
        survey = {
            "kind": "csat",
            "titles": {"en": "How was it?", "uk": "Як вам?"},
            "questions": QUESTIONS,
            "score_key": "speed",
            "low_score": 2,
        }
        found = [one.pointer for one in faults_of({**survey, **change})]
        assert found[:1] == ([pointer] if pointer else [])

    def test_are_answered_by_numbers_codes_and_words(self) -> None:
        said = {"speed": ["5"], "where": ["shop"], "how": ["phone", "shop"], "why": [" Так! "]}
        read = read_answers(QUESTIONS, said)
        assert read.answers == {"speed": 5, "where": "shop", "how": ["phone", "shop"]}
        assert (read.words, read.faults) == ({"why": "Так!"}, {})

    def test_name_what_is_wrong_with_an_answer(self) -> None:
        wrong = {"where": ["moon"], "how": ["shop", "moon"], "why": ["x" * 2001]}
        read = read_answers(QUESTIONS, {"speed": ["6"], **wrong})
        faults = dict.fromkeys(("speed", "where", "how"), "invalid") | {"why": "too-long"}
        assert read.faults == faults
        assert read_answers(QUESTIONS, {}).faults == {"speed": "required"}


class TestScores:
    @pytest.mark.parametrize(
        ("kind", "scores", "value"),
        [
            ("csat", [5, 4, 3, 1], "0.5000"),
            ("nps", [10, 9, 8, 6, 0], "0.0"),
            ("nps", [10, 9, 7], "66.7"),
            ("form", [1, 2], "1.5000"),
            ("csat", [], None),
        ],
    )
    def test_go_by_their_formulas(self, kind: str, scores: list[int], value: str | None) -> None:
        figure = score_figure(kind, [Decimal(one) for one in scores])
        assert (figure["value"], figure["n"]) == (value, len(scores))
        assert figure["reason"] == (None if scores else "no_data")

    def test_shares_count_each_option_that_was_ticked(self) -> None:
        counted = shares([["shop", "phone"], ["shop"]])
        assert [(one["value"], one["n"], one["share"]) for one in counted] == [
            ("shop", 2, "0.6667"),
            ("phone", 1, "0.3333"),
        ]


class TestC18Tables:
    """C18: nobody can be recognised in a table, not even by its totals."""

    def test_hide_small_cells_and_what_would_give_them_away(self) -> None:
        pairs = [("f", "5")] * 10 + [("f", "1")] * 2 + [("m", "5")] * 7 + [("m", "1")] * 6
        table = table_of(pairs)
        cells = {(one["row"], one["column"]): one for one in flat(table)}
        # the one small cell alone would be the row less its neighbour
        assert cells["f", "1"]["reason"] == cells["f", "5"]["reason"] == "too_few"
        assert cells["m", "1"]["n"] is cells["m", "5"]["n"] is None
        assert (table["n"], table["hidden_cells"]) == (25, 4)
        assert [one["n"] for one in table["rows"]] == [12, 13]

    def test_show_shares_of_rows_and_columns_where_there_are_enough(self) -> None:
        table = table_of([("f", "5")] * 6 + [("f", "1")] * 6 + [("m", "5")] * 18)
        [female, male] = table["rows"]
        assert [(one["n"], one["of_row"], one["of_column"]) for one in female["cells"]] == [
            (6, "0.5000", "1.0000"),
            (6, "0.5000", "0.2500"),
        ]
        assert male["cells"][0]["n"] == 0
        assert table_of([])["rows"] == []


class TestPage:
    def test_needs_no_script_and_says_aloud_what_is_wrong(self) -> None:
        texts = {"en": '<b>"Tom" & Co?</b>', "uk": "Так?"}
        asked = Asked(
            "Title & more",
            ["en", "uk"],
            "en",
            [question("speed", "scale", texts=texts, required=True), *QUESTIONS[1:]],
            {"why": ["</textarea><script>"], "how": ["shop"]},
            {"speed": "required"},
        )
        page = form_page(asked)
        assert "<script" not in page
        assert "&lt;b&gt;&quot;Tom&quot; &amp; Co?&lt;/b&gt;" in page
        assert 'role="alert"' in page
        assert 'aria-describedby="speed-fault"' in page
        assert 'value="shop" checked' in page
        assert page.count("<fieldset") == 4
        assert 'hreflang="uk"' in page
