"""One Latin spelling of names from two alphabets."""

import pytest

from crm_contacts.folding.rules import fold, search_text, search_words


class TestFold:
    @pytest.mark.parametrize(
        ("one", "other"),
        [
            ("Шевченко", "shevchenko"),
            ("ШЕВЧЕНКО", "Shevchenko"),
            ("Київ", "kiiv"),
            ("Мельник", "Melnyk"),
            ("кав'ярня", "кавʼярня"),
            ("Müller", "muller"),
            ("Подъячий", "Podiachii"),
            ("Łódź", "lodz"),
        ],
    )
    def test_makes_equal(self, one: str, other: str) -> None:
        assert fold(one) == fold(other)

    def test_leaves_single_spaces_between_words(self) -> None:
        assert fold("  Рога,  та (копита) ") == "roga ta kopita"


class TestSearchWords:
    @pytest.mark.parametrize(
        ("query", "words"),
        [
            ("Тарас Шевченко", ["taras", "shevchenko"]),
            ("067 123-45-67", ["671234567"]),
            ("+38 (067) 123 45 67", ["380671234567"]),
            ("taras@kobzar.com", ["taras@kobzar.com"]),
            ("  ", []),
        ],
    )
    def test_are_folded_and_a_number_is_one(self, query: str, words: list[str]) -> None:
        assert search_words(query) == words

    def test_are_not_endless(self) -> None:
        assert len(search_words("a " * 50)) == 6


class TestSearchText:
    def test_holds_names_addresses_and_numbers(self) -> None:
        text = search_text(["Шевченко", None], ["taras@kobzar.com"], ["+380671234567"])

        assert text == "shevchenko taras@kobzar.com 380671234567"
