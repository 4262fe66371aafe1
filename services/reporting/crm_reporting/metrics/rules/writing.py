"""How figures and days are written for whoever reads them, in each language."""

from collections.abc import Mapping
from datetime import date
from decimal import Decimal

from crm_reporting.metrics.rules.catalogue import Language, Texts
from crm_reporting.metrics.rules.numbers import Unit

NO_BREAK = "\u00a0"
MONTHS: Mapping[str, tuple[str, ...]] = {
    "en": ("January", "February", "March", "April", "May", "June", "July", "August", "September",
           "October", "November", "December"),
    "uk": ("січня", "лютого", "березня", "квітня", "травня", "червня", "липня", "серпня",
           "вересня", "жовтня", "листопада", "грудня"),
    "ru": ("января", "февраля", "марта", "апреля", "мая", "июня", "июля", "августа", "сентября",
           "октября", "ноября", "декабря"),
}  # fmt: skip
# as a month stands by itself: "травень 2026", where a day would have "травня"
_MONTHS_ALONE: Mapping[str, tuple[str, ...]] = {
    "en": MONTHS["en"],
    "uk": ("січень", "лютий", "березень", "квітень", "травень", "червень", "липень", "серпень",
           "вересень", "жовтень", "листопад", "грудень"),
    "ru": ("январь", "февраль", "март", "апрель", "май", "июнь", "июль", "август", "сентябрь",
           "октябрь", "ноябрь", "декабрь"),
}  # fmt: skip
_UNITS: Mapping[Unit, Texts] = {
    Unit.PERCENT: {"en": "%", "uk": "%", "ru": "%"},
    Unit.DAYS: {"en": "days", "uk": "дн.", "ru": "дн."},
    Unit.HOURS: {"en": "h", "uk": "год", "ru": "ч"},
    Unit.MINUTES: {"en": "min", "uk": "хв", "ru": "мин"},
    Unit.MILLISECONDS: {"en": "ms", "uk": "мс", "ru": "мс"},
}


def number(value: str, language: str) -> str:
    """Write a number: thousands apart, the language's own decimal sign."""
    whole, _point, digits = value.lstrip("-").partition(".")
    grouped = f"{int(whole):,}"
    if language != "en":
        grouped = grouped.replace(",", NO_BREAK)
    sign = "−" if value.startswith("-") and Decimal(value) else ""
    point = "." if language == "en" else ","
    return f"{sign}{grouped}{point + digits if digits else ''}"


def money(value: str, currency: str, language: str) -> str:
    """Write an amount with its currency."""
    return f"{number(value, language)}{NO_BREAK}{currency}"


def figure(value: str, unit: Unit, currency: str, language: Language) -> str:
    """Write a figure with its unit; counts, scores and ratios have none."""
    if unit is Unit.MONEY:
        return money(value, currency, language)
    sign = unit_sign(unit, language)
    told = number(value, language)
    return told if sign is None else f"{told}{NO_BREAK}{sign}"


def day(when: date, language: str) -> str:
    """Write a day as it is read out."""
    return f"{when.day} {MONTHS[language][when.month - 1]} {when.year}"


def short_day(when: date, language: str) -> str:
    """Write a day for a column of them."""
    if language == "en":
        return f"{when.day} {MONTHS[language][when.month - 1][:3]} {when.year}"
    return f"{when:%d.%m.%Y}"


def month(when: date, language: str) -> str:
    """Write the month of a day as a title has it."""
    return f"{_MONTHS_ALONE[language][when.month - 1].capitalize()} {when.year}"


def unit_sign(unit: Unit, language: Language) -> str | None:
    """Return how a unit is written behind a number, if it has a sign."""
    sign = _UNITS.get(unit)
    return None if sign is None else sign[language]
