"""Which word about a channel and purpose counts, and what a link for withdrawing is good for."""

from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from typing import Any, TypeAlias

Word: TypeAlias = Mapping[str, Any]
CALLS = "call"
# a word that is dated later than this is a mistake, and would outlast all later ones
CLOCKS_DIFFER_BY = timedelta(minutes=1)


def link_purpose(channel: str, purpose: str) -> str:
    """Return what a link is bound to: it withdraws this consent and nothing else."""
    return f"consent-withdrawal|{channel}|{purpose}"


def last_word(words: Sequence[Word], channel: str, purpose: str) -> Word | None:
    """Return what was said last about a channel and purpose."""
    said = [word for word in words if (word["channel"], word["purpose"]) == (channel, purpose)]
    return max(said, key=lambda word: datetime.fromisoformat(word["at"]), default=None)


def with_word(words: Sequence[Word], word: Word) -> list[dict[str, Any]]:
    """Return the words that count once `word` is said: the last of each channel and purpose."""
    about = (word["channel"], word["purpose"])
    others = [dict(one) for one in words if (one["channel"], one["purpose"]) != about]
    return [*others, dict(word)]


def with_last_words(values: Mapping[str, Any], known: Sequence[Word]) -> Mapping[str, Any]:
    """Return a change in which no older word about a channel and purpose replaces a newer one.

    A new word against calls is a wish not to be called, as when it is said on its own.
    """
    if not isinstance(said := values.get("consents"), list):
        return values
    kept = [last_word([*known, word], word["channel"], word["purpose"]) for word in said]
    refused = [
        word
        for word in kept
        if word is not None and word not in known and word["channel"] == CALLS
        if not word["granted"]
    ]
    silent = {"do_not_call": True} if refused else {}
    return {**values, **silent, "consents": kept}


def link_url(base_url: str, token: str, channel: str, purpose: str) -> str:
    """Return the address of the page for withdrawing."""
    return f"{base_url}/v1/contacts/consents/{token}?channel={channel}&purpose={purpose}"


_WORDS = {
    "en": ("Stop these messages?", "Stop them", "Done: you will not get them any more."),
    "uk": (
        "Більше не надсилати ці повідомлення?",
        "Не надсилати",
        "Готово: ви їх більше не отримуватимете.",
    ),
    "ru": (
        "Больше не присылать эти сообщения?",
        "Не присылать",
        "Готово: вы их больше не получите.",
    ),
}


def page(language: str | None, *, is_over: bool) -> str:
    """Return the page behind a link: a question with one button, or that it is done."""
    code = language if language in _WORDS else "en"
    question, button, done = _WORDS[code]
    asking = f'<p>{question}</p><form method="post"><button>{button}</button></form>'
    body = f"<p>{done}</p>" if is_over else asking
    return (
        f'<!doctype html><html lang="{code}"><meta charset="utf-8">'
        f'<meta name="viewport" content="width=device-width"><title>CRM</title>{body}</html>'
    )
