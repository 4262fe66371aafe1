"""What a template may say, and what it cannot do."""

import time

import pytest

from crm_notifications.templates.rules import (
    ALLOWED,
    SAMPLES,
    Text,
    choose,
    flaws_of,
    render,
    samples_with,
)


def said(source: str) -> dict[str, Text]:
    """A template that says only this, in English."""
    return {"en": Text(subject="x", text=source)}


class TestFlawsOf:
    def test_finds_none_in_a_letter(self) -> None:
        text = (
            "{% if company.name %}{{ company.name }}{% else %}{{ contact.first_name }}{% endif %}"
            "{{ deal.amount | money }} {{ deal.expected_close_date | date: '%d.%m.%Y' }}"
            "{{ owner.name | default: 'CRM' | upcase }}"
        )

        assert flaws_of({"en": Text("{{ deal.title }}", text, f"<p>{text}</p>")}) == []

    @pytest.mark.parametrize(
        "source",
        [
            "{{7*7}}",
            "{{ 7 | times: 7 }}",
            "{{''.__class__}}",
            "{{ contact.__class__ }}",
            "{{ contact['__class__'] }}",
            "{{ contact[owner.name] }}",
            "{{ contact }}",
            "{{ self }}",
            "{% %}",
            "{% for i in (1..99999999) %}x{% endfor %}",
            "{% assign a = 'x' %}",
            "{% capture a %}x{% endcapture %}",
            "{% include 'x' %}",
            "{% render 'x' %}",
            "{% liquid echo 'x' %}",
            "{{ 'aaaa' | replace: 'a', 'aaaaaaaaaa' }}",
            "{{ 'x' | safe }}",
            "{{ contact.first_name",
            "{% if contact.first_name %}",
            "{{ deal.amuont }}",
        ],
    )
    def test_names_what_is_wrong(self, source: str) -> None:
        [flaw] = flaws_of(said(source))

        assert flaw.part == "/texts/en/text"
        assert flaw.detail

    def test_lists_what_could_have_been_meant(self) -> None:
        [flaw] = flaws_of(said("{{ deal.amuont }}"))

        assert "'deal.amuont'" in flaw.detail
        assert all(name in flaw.detail for name in ALLOWED)

    def test_names_the_language_and_the_part(self) -> None:
        texts = {"uk": Text(subject="{{ x }}", text="ok", html="{{ y }}")}

        assert [flaw.part for flaw in flaws_of(texts)] == ["/texts/uk/subject", "/texts/uk/html"]

    def test_refuses_deep_nesting_quickly(self) -> None:
        source = "{% if deal.title %}" * 2000 + "{% endif %}" * 2000
        began = time.perf_counter()

        assert flaws_of(said(source))
        assert time.perf_counter() - began < 2


class TestRender:
    @pytest.mark.parametrize("literal", ["${7*7}", "#{7*7}", "<%= 7*7 %>", "{ {7*7} }"])
    def test_leaves_other_languages_as_they_are(self, literal: str) -> None:
        assert flaws_of(said(literal)) == []
        assert render(said(literal)["en"], SAMPLES).text == literal

    def test_does_not_read_values_as_templates(self) -> None:
        values = samples_with({"contact.first_name": "{{ deal.title }}{{7*7}}"})

        assert render(said("{{ contact.first_name }}")["en"], values).text == (
            "{{ deal.title }}{{7*7}}"
        )

    def test_escapes_values_in_html_only(self) -> None:
        text = Text("{{ deal.title }}", "{{ deal.title }}", '<p title="{{ deal.title }}">')
        values = samples_with({"deal.title": '"><script>alert(1)</script>'})

        made = render(text, values)

        assert made.text == '"><script>alert(1)</script>'
        assert made.html is not None
        assert "<script>" not in made.html
        assert '">' not in made.html.removesuffix('">')

    def test_makes_one_line_of_a_subject(self) -> None:
        values = samples_with({"deal.title": "Вікна\r\nBcc: all@example.com"})

        made = render(Text("{{ deal.title }}", "x"), values)

        assert made.subject == "Вікна Bcc: all@example.com"

    def test_shows_nothing_where_there_is_nothing(self) -> None:
        values = {noun: dict.fromkeys(fields) for noun, fields in SAMPLES.items()}
        text = "[{{ deal.title }}{{ deal.amount | money }}{{ event.date | date }}]"

        assert render(Text("x", text), values).text == "[]"

    def test_writes_money_and_dates_the_way_people_do(self) -> None:
        text = "{{ deal.amount | money }} {{ event.date | date }} {{ deal.title | date: '%s' }}"
        values = samples_with({"deal.amount": "1234567.5", "deal.title": "Вікна"})

        made = render(Text("x", text), values)

        assert made.text == "1\N{NO-BREAK SPACE}234\N{NO-BREAK SPACE}567.50 21.11.2026 Вікна"


class TestChoose:
    def test_prefers_the_recipients_language(self) -> None:
        texts = {"en": Text("e", "e"), "uk": Text("u", "u")}

        assert choose(texts, "uk", ("en",))[0] == "uk"

    def test_falls_back_to_the_companys_languages_in_order(self) -> None:
        texts = {"ru": Text("r", "r"), "uk": Text("u", "u")}

        assert choose(texts, "de", ("en", "uk", "ru"))[0] == "uk"
        assert choose(texts, None, ())[0] == "ru"
