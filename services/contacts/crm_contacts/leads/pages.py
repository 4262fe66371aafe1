"""The page on which whoever left an address in a web form confirms it."""

# what is asked, the button, and that it is done
_WORDS = {
    "en": ("Is this your e-mail address?", "Yes, confirm it", "Thank you: it is confirmed."),
    "uk": ("Це ваша адреса?", "Так, підтвердити", "Дякуємо: адресу підтверджено."),
    "ru": ("Это ваш адрес?", "Да, подтвердить", "Спасибо: адрес подтверждён."),
}


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
