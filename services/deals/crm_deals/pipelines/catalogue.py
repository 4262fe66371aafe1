"""What a fresh installation begins with, in the three languages of the program."""

from collections.abc import Mapping, Sequence
from typing import Any, TypeAlias

Text: TypeAlias = Mapping[str, str]
STANDARD = "en"


def _called(en: str, uk: str, ru: str) -> Text:
    return {"en": en, "uk": uk, "ru": ru}


PIPELINE = _called("Sales", "Продажі", "Продажи")
STAGES: Sequence[tuple[Text, int, str]] = (
    (_called("New", "Нова", "Новая"), 10, "open"),
    (_called("Qualified", "Кваліфікована", "Квалифицирована"), 25, "open"),
    (_called("Proposal", "Пропозиція", "Предложение"), 50, "open"),
    (_called("Negotiation", "Переговори", "Переговоры"), 75, "open"),
    (_called("Won", "Виграна", "Выиграна"), 100, "won"),
    (_called("Lost", "Програна", "Проиграна"), 0, "lost"),
)
_PRICE = _called("Price", "Ціна", "Цена")
_PRODUCT = _called("Product", "Продукт", "Продукт")
_SERVICE = _called("Service", "Сервіс", "Сервис")
_CLIENT = _called("Client", "Клієнт", "Клиент")
_TERMS = _called("Terms", "Умови", "Условия")
# Labels that presets have, too, are spelt as there: one applied later finds them and adds none.
# Departments are codes that message rules name, so they are the same in every language.
REASONS: Sequence[tuple[str, Text, Text, str]] = (
    ("won", _called("The price suited", "Влаштувала ціна", "Устроила цена"), _PRICE, "sales"),
    (
        "won",
        _called("Quality of the product", "Якість продукту", "Качество продукта"),
        _PRODUCT,
        "production",
    ),
    (
        "won",
        _called("Attention and service", "Увага та сервіс", "Внимание и сервис"),
        _SERVICE,
        "service",
    ),
    (
        "won",
        _called("Recommended by friends", "Порадили знайомі", "Посоветовали знакомые"),
        _CLIENT,
        "marketing",
    ),
    ("lost", _called("Too expensive", "Задорого", "Слишком дорого"), _PRICE, "sales"),
    (
        "lost",
        _called("Chose a competitor", "Обрали конкурента", "Выбрали конкурента"),
        _CLIENT,
        "marketing",
    ),
    ("lost", _called("Does not answer", "Не відповідає", "Не отвечает"), _CLIENT, "sales"),
    ("lost", _called("No budget", "Немає бюджету", "Нет бюджета"), _CLIENT, "sales"),
    (
        "lost",
        _called(
            "Delivery terms did not suit",
            "Не влаштували терміни постачання",
            "Не устроили сроки поставки",
        ),
        _TERMS,
        "logistics",
    ),
    (
        "lost",
        _called("The product did not fit", "Не підійшов продукт", "Не подошёл продукт"),
        _PRODUCT,
        "production",
    ),
    (
        "lost",
        _called("Poor service", "Не влаштував сервіс", "Не устроил сервис"),
        _SERVICE,
        "service",
    ),
)


def first_stages(language: str) -> list[dict[str, Any]]:
    """Return the stages of the first pipeline in a language; in English where we have no words."""
    return [
        {"label": _in(label, language), "probability": probability, "outcome": outcome}
        for label, probability, outcome in STAGES
    ]


def first_label(language: str) -> str:
    """Return what the first pipeline is called in a language."""
    return _in(PIPELINE, language)


def first_reasons(language: str) -> list[dict[str, Any]]:
    """Return why deals are won and lost, with group and department, in a language."""
    return [
        {
            "outcome": outcome,
            "label": _in(label, language),
            "group": _in(group, language),
            "department": department,
        }
        for outcome, label, group, department in REASONS
    ]


def _in(text: Text, language: str) -> str:
    return text.get(language, text[STANDARD])
