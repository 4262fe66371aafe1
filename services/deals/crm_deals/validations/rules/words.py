"""What a refusal says in each language when its validation brings no words of its own."""

from collections.abc import Mapping
from typing import Any

LANGUAGES = ("en", "uk", "ru")
WORDS: Mapping[str, Mapping[str, str]] = {
    "field_filled": {
        "en": "{field} must be filled in.",
        "uk": "Поле {field} має бути заповнене.",
        "ru": "Поле {field} должно быть заполнено.",
    },
    "owner_present": {
        "en": "The deal needs an owner.",
        "uk": "Угода потребує відповідального.",
        "ru": "У сделки должен быть ответственный.",
    },
    "task_present": {
        "en": "The deal needs a task.",
        "uk": "Для угоди потрібна задача.",
        "ru": "Для сделки нужна задача.",
    },
    "call_present": {
        "en": "The deal needs a call with the client.",
        "uk": "Для угоди потрібен дзвінок клієнту.",
        "ru": "Для сделки нужен звонок клиенту.",
    },
    "items_added": {
        "en": "The deal needs line items.",
        "uk": "До угоди треба додати товари.",
        "ru": "В сделку нужно добавить товары.",
    },
    "holds": {
        "en": "The deal does not meet the condition.",
        "uk": "Угода не відповідає умові.",
        "ru": "Сделка не отвечает условию.",
    },
    "payment_received": {
        "en": "The deal needs {percent} % of it paid.",
        "uk": "За угодою має бути сплачено {percent} %.",
        "ru": "По сделке должно быть оплачено {percent} %.",
    },
    "tags_present": {
        "en": "The deal lacks a tag that the company's rules ask for.",
        "uk": "Угоді бракує мітки, якої вимагають правила компанії.",
        "ru": "Сделке не хватает метки, которой требуют правила компании.",
    },
    "limit_per_user": {
        "en": "The owner has {at_most} open deals already.",
        "uk": "Відповідальний уже має {at_most} відкритих угод.",
        "ru": "У ответственного уже {at_most} открытых сделок.",
    },
    "never": {
        "en": "The company's rules do not allow this.",
        "uk": "Правила компанії цього не дозволяють.",
        "ru": "Правила компании этого не разрешают.",
    },
}


def say(check: str, demand: Mapping[str, Any], own: Mapping[str, str]) -> dict[str, str]:
    """Return the refusal in every language: the validation's own words where it has them."""
    known = WORDS[check]
    fallback = next(iter(own.values()), None)
    return {
        language: own.get(language) or fallback or known[language].format_map(demand)
        for language in LANGUAGES
    }
