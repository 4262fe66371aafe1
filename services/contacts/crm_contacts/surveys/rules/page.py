"""The page on which a survey is answered: plain HTML, for any browser, eye and reader aloud."""

from base64 import b64encode
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from hashlib import sha256
from html import escape
from typing import Any

from crm_contacts.surveys.rules.asking import CHOICE, LONGEST, SCALE, SEVERAL

Words = Mapping[str, str]
NAMES = {"en": "English", "uk": "Українська", "ru": "Русский"}
SAID: Mapping[str, Words] = {
    "en": {
        "send": "Send",
        "change": "Change my answer",
        "kept": "Your answer is kept. You may change it until {day}.",
        "over": "This survey is over.",
        "required": "Please answer this question.",
        "invalid": "Please choose one of the answers.",
        "too-long": "Please say it in fewer than 2000 letters.",
        "faults": "Some answers are missing.",
        "needed": "required",
        "languages": "Language",
        "refused": "This link is not valid, or not valid any more.",
    },
    "uk": {
        "send": "Надіслати",
        "change": "Змінити відповідь",
        "kept": "Вашу відповідь збережено. Змінити її можна до {day}.",
        "over": "Це опитування завершено.",
        "required": "Дайте, будь ласка, відповідь на це запитання.",
        "invalid": "Оберіть, будь ласка, одну з відповідей.",
        "too-long": "Скажіть це, будь ласка, коротше: до 2000 літер.",
        "faults": "Деяких відповідей бракує.",
        "needed": "обов'язково",
        "languages": "Мова",
        "refused": "Посилання не дійсне або вже не дійсне.",
    },
    "ru": {
        "send": "Отправить",
        "change": "Изменить ответ",
        "kept": "Ваш ответ сохранён. Изменить его можно до {day}.",
        "over": "Этот опрос завершён.",
        "required": "Ответьте, пожалуйста, на этот вопрос.",
        "invalid": "Выберите, пожалуйста, один из ответов.",
        "too-long": "Скажите это, пожалуйста, короче: до 2000 букв.",
        "faults": "Некоторых ответов не хватает.",
        "needed": "обязательно",
        "languages": "Язык",
        "refused": "Ссылка недействительна или уже недействительна.",
    },
}
STYLE = """
:root{color-scheme:light dark}
*{box-sizing:border-box}
body{font:1.0625rem/1.5 system-ui,sans-serif;margin:0;color:#1b1f24;background:#f4f6f8}
main{max-width:40rem;margin:0 auto;padding:1.5rem 1rem 3rem}
h1{font-size:1.5rem;line-height:1.25;margin:.5rem 0 1.5rem}
nav{text-align:right;font-size:.9375rem}nav a,nav b{margin-left:.75rem}
fieldset{border:1px solid #c5ccd3;border-radius:.5rem;margin:0 0 1.25rem;padding:1rem;
background:#fff;min-width:0}
legend,.q{font-weight:600;padding:0}
legend{float:left;width:100%;margin-bottom:.25rem}legend+*{clear:both}
.scale{display:flex;flex-wrap:wrap;gap:.375rem;margin-top:.5rem}
.scale label{display:flex;flex-direction:column;align-items:center;min-width:2.75rem;
padding:.375rem .25rem;border:1px solid #c5ccd3;border-radius:.375rem;cursor:pointer}
.line{display:flex;align-items:flex-start;gap:.625rem;padding:.5rem 0;cursor:pointer}
input[type=radio],input[type=checkbox]{width:1.25rem;height:1.25rem;margin:.125rem 0;flex:none}
textarea{width:100%;min-height:7rem;font:inherit;padding:.5rem;border:1px solid #7a8793;
border-radius:.375rem;background:inherit;color:inherit}
button{font:inherit;font-weight:600;padding:.75rem 2rem;border:0;border-radius:.5rem;
background:#0b5cad;color:#fff;cursor:pointer}
:focus-visible{outline:3px solid #f0a000;outline-offset:2px}
.fault{color:#b00020;margin:.25rem 0}.note{padding:1rem;border-left:4px solid #0b5cad;
background:#fff}.needed{font-weight:400;font-size:.875rem}
@media(prefers-color-scheme:dark){body{background:#14181c;color:#e8ebee}
fieldset,.note{background:#1d2329;border-color:#45505a}.scale label{border-color:#45505a}
.fault{color:#ff8a80}nav a{color:#8ec5ff}button{background:#8ec5ff;color:#10151a}}
"""
_HASH = b64encode(sha256(STYLE.encode()).digest()).decode()
# no script, no picture, no other house: whoever reads the answer is this service alone
CONTENT_POLICY = (
    f"default-src 'none'; style-src 'sha256-{_HASH}'; form-action 'self'; "
    "base-uri 'none'; frame-ancestors 'none'"
)


@dataclass(frozen=True)
class Asked:
    """What a page shows: the questions, what was said to them, and what is wrong with that."""

    title: str
    languages: Sequence[str]
    language: str
    questions: Sequence[Mapping[str, Any]]
    said: Mapping[str, Sequence[str]] = field(default_factory=dict)
    faults: Mapping[str, str] = field(default_factory=dict)


def words_of(language: str) -> Words:
    """Return the page's own words."""
    return SAID.get(language, SAID["en"])


def form_page(asked: Asked) -> str:
    """Return the page with the questions, as far as they are answered."""
    words = words_of(asked.language)
    warning = f'<p class="fault" role="alert">{words["faults"]}</p>' if asked.faults else ""
    parts = "".join(_question(asked, one) for one in asked.questions)
    body = (
        f'{warning}<form method="post" action="?lang={asked.language}">{parts}'
        f"<button>{words['send']}</button></form>"
    )
    return _page(asked, body)


def note_page(asked: Asked, note: str, *, is_changeable: bool) -> str:
    """Return the page that says one thing: thanks, or that the survey is over."""
    words = words_of(asked.language)
    again = f'<p><a href="?lang={asked.language}">{words["change"]}</a></p>'
    body = f'<p class="note" role="status">{escape(note)}</p>{again if is_changeable else ""}'
    return _page(asked, body)


def _page(asked: Asked, body: str) -> str:
    title = escape(asked.title)
    return (
        f'<!doctype html><html lang="{asked.language}"><head><meta charset="utf-8">'
        '<meta name="viewport" content="width=device-width,initial-scale=1">'
        f'<meta name="robots" content="noindex"><title>{title}</title><style>{STYLE}</style>'
        f"</head><body><main>{_languages(asked)}<h1>{title}</h1>{body}</main></body></html>"
    )


def _languages(asked: Asked) -> str:
    if len(asked.languages) < 2:  # noqa: PLR2004 - one language is no choice
        return ""
    links = "".join(
        f"<b>{NAMES[one]}</b>"
        if one == asked.language
        else f'<a href="?lang={one}" lang="{one}" hreflang="{one}">{NAMES[one]}</a>'
        for one in asked.languages
    )
    return f'<nav aria-label="{words_of(asked.language)["languages"]}">{links}</nav>'


def _question(asked: Asked, question: Mapping[str, Any]) -> str:
    words, key = words_of(asked.language), question["key"]
    text = escape(question["texts"][asked.language])
    if question["required"]:
        text += f' <span class="needed">({words["needed"]})</span>'
    fault, described = "", ""
    if key in asked.faults:
        fault = f'<p class="fault" id="{key}-fault">{words[asked.faults[key]]}</p>'
        described = f' aria-describedby="{key}-fault"'
    said = asked.said.get(key, ())
    if question["type"] in (SCALE, CHOICE, SEVERAL):
        inputs = "".join(_inputs(question, said, asked.language))
        kind = ' class="scale"' if question["type"] == SCALE else ""
        group = f"<legend>{text}</legend>{fault}<div{kind}>{inputs}</div>"
        return f"<fieldset{described}>{group}</fieldset>"
    # a text is never required by the browser alone: it says nothing in one's own language
    return (
        f'<fieldset><label class="q" for="{key}">{text}</label>{fault}'
        f'<textarea id="{key}" name="{key}" maxlength="{LONGEST}"{described}>'
        f"{escape(said[0] if said else '')}</textarea></fieldset>"
    )


def _inputs(question: Mapping[str, Any], said: Sequence[str], language: str) -> Iterator[str]:
    key = question["key"]
    if question["type"] == SCALE:
        for number in range(question["from"], question["to"] + 1):
            checked = " checked" if str(number) in said else ""
            field_ = f'<input type="radio" name="{key}" value="{number}"{checked}>'
            yield f"<label>{field_}<span>{number}</span></label>"
        return
    kind = "radio" if question["type"] == CHOICE else "checkbox"
    for option in question["options"]:
        checked = " checked" if option["code"] in said else ""
        field_ = f'<input type="{kind}" name="{key}" value="{option["code"]}"{checked}>'
        text = escape(option["texts"][language])
        yield f'<label class="line">{field_}<span>{text}</span></label>'
