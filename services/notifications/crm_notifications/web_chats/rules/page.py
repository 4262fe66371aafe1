"""The chat as visitors see it: a frame of our own origin that loads nothing from elsewhere."""

from base64 import b64encode
from collections.abc import Mapping
from hashlib import sha256
from html import escape
from importlib import resources
from urllib.parse import urljoin

from crm_notifications.web_chats.models import WebChat

Words = Mapping[str, str]
WIDGET = (
    resources.files("crm_notifications.web_chats.rules").joinpath("widget.js").read_text("utf-8")
)
SAID: Mapping[str, Words] = {
    "en": {
        "title": "Write to us",
        "greeting": "Hello! What can we do for you?",
        "name": "Name",
        "email": "E-mail",
        "phone": "Telephone",
        "write": "Your message",
        "send": "Send",
        "close": "Close",
        "agree": "I agree that my data are used to answer me.",
        "privacy": "What becomes of them",
        "failed": "It did not go. Please try again.",
        "often": "Too many messages at once. Please wait a moment.",
        "invalid": "Please give an e-mail address or a telephone number that is right.",
        "over": "The talk is over; just write, and another one begins.",
        "us": "Us",
        "you": "You",
    },
    "uk": {
        "title": "Напишіть нам",
        "greeting": "Вітаємо! Чим можемо допомогти?",
        "name": "Ім'я",
        "email": "Ел. пошта",
        "phone": "Телефон",
        "write": "Ваше повідомлення",
        "send": "Надіслати",
        "close": "Закрити",
        "agree": "Погоджуюся, що мої дані використають, щоб мені відповісти.",
        "privacy": "Що з ними буде",
        "failed": "Не надіслано. Спробуйте, будь ласка, ще раз.",
        "often": "Забагато повідомлень одразу. Зачекайте, будь ласка, хвилинку.",
        "invalid": "Вкажіть, будь ласка, правильну пошту або номер телефону.",
        "over": "Розмову завершено; напишіть, і почнеться нова.",
        "us": "Ми",
        "you": "Ви",
    },
    "ru": {
        "title": "Напишите нам",
        "greeting": "Здравствуйте! Чем можем помочь?",
        "name": "Имя",
        "email": "Эл. почта",
        "phone": "Телефон",
        "write": "Ваше сообщение",
        "send": "Отправить",
        "close": "Закрыть",
        "agree": "Согласен, чтобы мои данные использовали для ответа мне.",
        "privacy": "Что с ними будет",
        "failed": "Не отправлено. Попробуйте, пожалуйста, ещё раз.",
        "often": "Слишком много сообщений сразу. Подождите, пожалуйста, минуту.",
        "invalid": "Укажите, пожалуйста, верную почту или номер телефона.",
        "over": "Разговор завершён; напишите, и начнётся новый.",
        "us": "Мы",
        "you": "Вы",
    },
}
STYLE = """
:root{color-scheme:light dark;--paper:#fff;--ink:#1b1f24;--soft:#eef1f4;--line:#c5ccd3}
*{box-sizing:border-box}html,body{height:100%}
body{font:1rem/1.45 system-ui,sans-serif;margin:0;color:var(--ink);background:var(--paper);
display:flex;flex-direction:column}
header{background:var(--c);color:#fff;padding:.75rem 1rem;display:flex;align-items:center}
h1{font-size:1.0625rem;margin:0;flex:1}
header button{background:none;border:0;color:inherit;font-size:1.5rem;line-height:1;padding:.25rem}
#said{flex:1;overflow-y:auto;padding:1rem;display:flex;flex-direction:column;gap:.5rem;min-height:0}
#said p{margin:0;padding:.5rem .75rem;border-radius:.75rem;max-width:85%;background:var(--soft);
align-self:flex-start;white-space:pre-wrap;overflow-wrap:anywhere}
#said p.inbound{align-self:flex-end;background:var(--c);color:#fff}#said p.waiting{opacity:.6}
#note{margin:0;padding:.5rem 1rem;color:#b00020}
form{border-top:1px solid var(--line);padding:.75rem 1rem;display:grid;gap:.5rem}
#who{display:grid;gap:.5rem;border:0;margin:0;padding:0;min-width:0}#who[hidden]{display:none}
label{display:grid;gap:.125rem;font-size:.875rem}
label.agree{grid-template-columns:auto 1fr;gap:.5rem;align-items:start}
input,textarea{font:inherit;padding:.5rem;border:1px solid #7a8793;border-radius:.375rem;
background:inherit;color:inherit;min-width:0;width:100%}
input[type=checkbox]{width:1.25rem;height:1.25rem;margin:0}
.line{display:grid;grid-template-columns:1fr auto;gap:.5rem;align-items:end}
textarea{resize:none;height:2.75rem}
form button{font:inherit;font-weight:600;border:0;border-radius:.375rem;background:var(--c);
color:#fff;padding:.625rem 1rem}
.off{position:absolute;left:-10000px}a{color:inherit}
:focus-visible{outline:3px solid #f0a000;outline-offset:1px}
@media(prefers-color-scheme:dark){:root{--paper:#1b2026;--ink:#e8ebee;--soft:#2a323a;--line:#45505a}
#note{color:#ff8a80}}
"""


def snippet(base_url: str, key: str) -> str:
    """Return the line that puts a chat on a page."""
    source = urljoin(f"{base_url.rstrip('/')}/", "v1/web-chats/widget.js")
    return f'<script src="{escape(source)}" data-key="{escape(key)}" async></script>'


def content_policy(chat: WebChat) -> str:
    """Return what a frame may do: run our one script, ask us, and stand on its chat's pages."""
    digest = b64encode(sha256(_style(chat).encode()).digest()).decode()
    return (
        f"default-src 'none'; script-src 'self'; connect-src 'self'; style-src 'sha256-{digest}'; "
        f"base-uri 'none'; form-action 'none'; frame-ancestors 'self' {' '.join(chat.origins)}"
    )


def frame(chat: WebChat, wanted: str) -> str:
    """Return the chat as a page, in the language of the page that it stands in."""
    language = wanted[:2].lower()
    if language not in SAID:
        language = next(iter(chat.titles), "en")
    words = SAID[language]
    title = escape(chat.titles.get(language) or words["title"])
    greeting = escape(chat.greetings.get(language) or words["greeting"])
    told = "".join(
        f' data-{name}="{escape(words[name])}"'
        for name in ("failed", "often", "invalid", "over", "us", "you")
    )
    return (
        f'<!doctype html><html lang="{language}" data-chat="{escape(chat.key)}"{told}><head>'
        '<meta charset="utf-8"><meta name="viewport" content="width=device-width,initial-scale=1">'
        f"<title>{title}</title><style>{_style(chat)}</style></head><body>"
        f'<header><h1>{title}</h1><button type="button" id="close" '
        f'aria-label="{words["close"]}">×</button></header>'
        f'<div id="said" role="log" aria-live="polite"><p class="outbound">{greeting}</p></div>'
        f'<p id="note" role="alert" hidden></p><form id="write">{_who(chat, words)}'
        f'<div class="line"><textarea name="text" required maxlength="4000" '
        f'aria-label="{words["write"]}" placeholder="{words["write"]}"></textarea>'
        f"<button>{words['send']}</button></div></form>"
        '<script src="../widget.js"></script></body></html>'
    )


def _who(chat: WebChat, words: Words) -> str:
    kinds = (("name", "text", "name"), ("email", "email", "email"), ("phone", "tel", "tel"))
    asked = "".join(
        f'<label>{words[name]}<input name="{name}" type="{kind}" maxlength="100" '
        f'autocomplete="{filled}"></label>'
        for name, kind, filled in kinds
    )
    # no person sees it, nor hears it read aloud: whoever fills it in is none
    trap = (
        '<div class="off" aria-hidden="true"><label>Website<input name="website" tabindex="-1" '
        'autocomplete="off"></label></div>'
    )
    consent = ""
    if chat.asks_consent:
        link = ""
        if chat.privacy_url:
            url = escape(chat.privacy_url)
            link = f' <a href="{url}" target="_blank" rel="noopener">{words["privacy"]}</a>'
        consent = (
            '<label class="agree"><input type="checkbox" name="consent" required>'
            f"<span>{words['agree']}{link}</span></label>"
        )
    return f'<fieldset id="who" hidden disabled>{asked}{trap}{consent}</fieldset>'


def _style(chat: WebChat) -> str:
    return f":root{{--c:{chat.color}}}{STYLE}"
