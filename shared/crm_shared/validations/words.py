"""What a refusal says in each language: the validation's own words, or those of its demand."""

from collections.abc import Mapping
from typing import Any

LANGUAGES = ("en", "uk", "ru")
Words = Mapping[str, Mapping[str, str]]
COMMON: Words = {
    "field_filled": {
        "en": "{field} must be filled in.",
        "uk": "Поле {field} має бути заповнене.",
        "ru": "Поле {field} должно быть заполнено.",
    },
    "owner_present": {
        "en": "An owner is needed.",
        "uk": "Потрібен відповідальний.",
        "ru": "Нужен ответственный.",
    },
    "task_present": {
        "en": "A task is needed.",
        "uk": "Потрібна задача.",
        "ru": "Нужна задача.",
    },
    "call_present": {
        "en": "A call with the client is needed.",
        "uk": "Потрібен дзвінок клієнту.",
        "ru": "Нужен звонок клиенту.",
    },
    "holds": {
        "en": "A condition of the company's rules is not met.",
        "uk": "Умову правил компанії не виконано.",
        "ru": "Условие правил компании не выполнено.",
    },
    "tags_present": {
        "en": "A tag that the company's rules ask for is missing.",
        "uk": "Бракує мітки, якої вимагають правила компанії.",
        "ru": "Не хватает метки, которой требуют правила компании.",
    },
    "limit_per_user": {
        "en": "The owner has {at_most} already.",
        "uk": "Відповідальний уже має {at_most}.",
        "ru": "У ответственного уже {at_most}.",
    },
    "never": {
        "en": "The company's rules do not allow this.",
        "uk": "Правила компанії цього не дозволяють.",
        "ru": "Правила компании этого не разрешают.",
    },
}


def say(
    words: Words, check: str, demand: Mapping[str, Any], own: Mapping[str, str]
) -> dict[str, str]:
    """Return the refusal in every language: the validation's own words where it has them."""
    known = words[check]
    fallback = next(iter(own.values()), None)
    return {
        language: own.get(language) or fallback or known[language].format_map(demand)
        for language in LANGUAGES
    }
