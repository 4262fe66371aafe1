"""What a cell says: numbers, days, moments, flags as people write them in tables."""

import re
from datetime import UTC, date, datetime
from decimal import Decimal, InvalidOperation
from functools import lru_cache
from zoneinfo import ZoneInfo

from crm_shared.clock import local_midnight
from crm_shared.imports.errors import CellError

_SPACES = re.compile(r"[\s\u00a0\u202f'’]")
_GROUPED = {
    ".": re.compile(r"[+-]?\d{1,3}(,\d{3})+(\.\d+)?"),
    ",": re.compile(r"[+-]?\d{1,3}(\.\d{3})+(,\d+)?"),
}
_PLAIN = re.compile(r"[+-]?(\d+(\.\d*)?|\.\d+)")
_YES = frozenset({"true", "yes", "y", "1", "так", "да", "+"})
_NO = frozenset({"false", "no", "n", "0", "ні", "нет", "-"})
_ISO = "%Y-%m-%d"


class Canonical(str):
    """A text that a workbook knew to be a number, a day or a flag: nothing is left to guess."""

    __slots__ = ()

    def strip(self, chars: str | None = None, /) -> "Canonical":
        """Return itself: there is nothing around it."""
        return self


def number(text: str, *, decimal: str = ".", scale: Decimal | None = None) -> Decimal:
    """Read a number: `1 250,50`, `1,250.50`; a comma where a point is due is refused, not lost."""
    if isinstance(text, Canonical):
        decimal = "."
    bare = _SPACES.sub("", text)
    if _GROUPED[decimal].fullmatch(bare):
        bare = bare.replace("," if decimal == "." else ".", "")
    if decimal == ",":
        bare = bare.replace(",", ".") if "." not in bare else "?"
    if not _PLAIN.fullmatch(bare):
        raise CellError("invalid-number", "This is not a number.")
    try:
        value = Decimal(bare) if scale is None else Decimal(bare) * scale
    except InvalidOperation as wrong:
        raise CellError("invalid-number", "This is not a number.") from wrong
    return value


def day(text: str, formats: tuple[str, ...]) -> date:
    """Read a date in one of the formats, ISO when there are none."""
    if isinstance(text, Canonical):
        return _day(str(text).partition(" ")[0], ())
    return _day(text, formats)


@lru_cache(maxsize=8192)
def _day(text: str, formats: tuple[str, ...]) -> date:
    for each in formats or (_ISO,):
        try:
            return datetime.strptime(text, each).date()  # noqa: DTZ007 a day has no zone
        except ValueError:
            continue
    raise CellError("invalid-date", f"There is no such date ({' or '.join(formats or (_ISO,))}).")


def moment(text: str, formats: tuple[str, ...], zone: ZoneInfo) -> datetime:
    """Read an instant; without a time it is local midnight, without a zone local time."""
    return _moment(str(text), () if isinstance(text, Canonical) else formats, zone)


@lru_cache(maxsize=8192)
def _moment(text: str, formats: tuple[str, ...], zone: ZoneInfo) -> datetime:
    found = _timed(text, formats)
    try:
        if found is None:
            return local_midnight(day(text, formats), zone)
        at = found if found.tzinfo else found.replace(tzinfo=zone)
        return at.astimezone(UTC)
    except OverflowError as outside:
        # 01.01.0001 is how some systems write no date: east of Greenwich UTC has no such moment
        raise CellError("invalid-date", "There is no such moment.") from outside


def _timed(text: str, formats: tuple[str, ...]) -> datetime | None:
    for each in formats:
        if "%H" not in each and "%I" not in each:
            continue
        try:
            return datetime.strptime(text, each)  # noqa: DTZ007 the caller gives the zone
        except ValueError:
            continue
    if formats or ":" not in text:
        return None
    try:
        return datetime.fromisoformat(text)
    except ValueError as wrong:
        raise CellError("invalid-date", "There is no such moment (ISO 8601).") from wrong


def flag(text: str) -> bool:
    """Read yes or no in the three languages."""
    word = text.lower()
    if word in _YES:
        return True
    if word in _NO:
        return False
    raise CellError("invalid-flag", "This is neither yes nor no.")
