"""I6: an HTML letter is whole: by day and night, on a telephone, with a way out."""

import pytest

from crm_notifications.templates.rules import Text
from crm_notifications.templates.rules.layout import framed

OUT = "https://crm.example.org/x?channel=email&purpose=marketing"


def letter(html: str | None, language: str = "uk", way_out: str | None = OUT) -> str:
    text = Text(subject="<Новини>", text="Вітаємо!\n\nЦе  лист. " + "а" * 200, html=html)
    return framed(text, language, way_out) or ""


class TestI6Layout:
    @pytest.mark.parametrize(
        ("language", "press"),
        [("en", "Unsubscribe"), ("uk", "Відписатися"), ("ru", "Отписаться"), ("de", "Unsubscribe")],
    )
    def test_frames_what_a_template_says_with_a_way_out(self, language: str, press: str) -> None:
        html = letter("<p>Слово</p>", language)

        assert html.startswith("<!DOCTYPE html>")
        assert f'lang="{language}"' in html
        assert "<p>Слово</p>" in html
        assert "<title>&lt;Новини&gt;</title>" in html
        assert 'content="light dark"' in html
        assert "prefers-color-scheme:dark" in html
        assert f">{press}</a>" in html
        assert html.count(OUT.replace("&", "&amp;")) == 1

    def test_begins_with_the_first_words_for_lists_of_letters(self) -> None:
        first = letter("<p>x</p>").split("<body", 1)[1].split("</div>", 1)[0]
        assert "Вітаємо! Це лист. ааа" in first
        assert "display:none" in first
        assert first.count("а") < 125

    @pytest.mark.parametrize("link", [OUT, OUT.replace("&", "&amp;")])
    def test_names_no_second_way_out_and_none_where_none_is_needed(self, link: str) -> None:
        own = letter(f'<a href="{link}">x</a>')
        assert "Відписатися" not in own
        assert "Відписатися" not in letter("<p>x</p>", way_out=None)

    @pytest.mark.parametrize("page", ["<!doctype html><p>", "<HTML><p>", "<body>x</body>"])
    def test_leaves_whole_pages_and_plain_letters_alone(self, page: str) -> None:
        assert letter(page) == page
        assert letter(None) == ""
