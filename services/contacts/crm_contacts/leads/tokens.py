"""Links of the double opt-in and their page: nothing is stored, the signature proves them."""

from datetime import datetime
from uuid import UUID

from crm_shared.links import make_link, read_link

PURPOSE = "lead-confirmation"
# what is asked, the button, and that it is done
_WORDS = {
    "en": ("Is this your e-mail address?", "Yes, confirm it", "Thank you: it is confirmed."),
    "uk": ("Це ваша адреса?", "Так, підтвердити", "Дякуємо: адресу підтверджено."),
    "ru": ("Это ваш адрес?", "Да, подтвердить", "Спасибо: адрес подтверждён."),
}


def make(key: str, lead_id: UUID, *, expires_at: datetime) -> str:
    """Return the token that confirms this lead until then."""
    return make_link(key, PURPOSE, lead_id, expires_at=expires_at)


def read(key: str, token: str, *, now: datetime) -> UUID | None:
    """Return the lead that a token confirms, or None when it is not one of ours or is too old."""
    return read_link(key, PURPOSE, token, now=now)


def confirming(language: str | None, *, is_over: bool) -> str:
    """Return the page: a question with one button, or that it is done; all languages if unknown."""
    shown = [language] if language in _WORDS else list(_WORDS)
    asked = [(code, *_WORDS[code]) for code in shown if code is not None]
    if is_over:
        body = "".join(f'<p lang="{code}">{done}</p>' for code, _, _, done in asked)
    else:
        body = "".join(f'<p lang="{code}">{question}</p>' for code, question, _, _ in asked)
        buttons = " / ".join(button for _, _, button, _ in asked)
        body += f'<form method="post"><button>{buttons}</button></form>'
    return (
        '<!doctype html><meta charset="utf-8"><meta name="viewport" content="width=device-width">'
        f"<title>CRM</title>{body}"
    )
