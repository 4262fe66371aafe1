"""Folds Latin and Cyrillic writing of one name to one Latin spelling, for search only."""

import re
import unicodedata

# Letters that Ukrainian and Russian romanise differently (г, и, й, ї, ы) meet in one Latin letter,
# so that Halyna, Галина and Galina stay within the reach of a typo.
_CYRILLIC = str.maketrans(
    {
        "а": "a", "б": "b", "в": "v", "г": "g", "ґ": "g", "д": "d", "е": "e", "є": "ie", "ж": "zh",
        "з": "z", "и": "i", "і": "i", "к": "k", "л": "l", "м": "m", "н": "n", "о": "o", "п": "p",
        "р": "r", "с": "s", "т": "t", "у": "u", "ф": "f", "х": "kh", "ц": "ts", "ч": "ch",
        "ш": "sh", "щ": "shch", "ъ": "", "ы": "i", "ь": "", "э": "e", "ю": "iu", "я": "ia",
        "ў": "u", "y": "i", "'": "", "’": "", "ʼ": "", "`": "", "ß": "ss", "ø": "o", "ł": "l",
        "đ": "d", "æ": "ae", "œ": "oe",
    }
)  # fmt: skip
_GAP = re.compile(r"[^\w@.+\-]+")
# A text is split into whole words alike here and in the indexes on the texts.
_BETWEEN_WORDS = "[ -]+"
WORDS = f"regexp_split_to_array(search_text, '{_BETWEEN_WORDS}')"
_DIGITS = re.compile(r"\D+")
_PHONE_LIKE = re.compile(r"^\+?[\d\s().\-]{5,}$")


def fold(text: str) -> str:
    """Lower case, no accents, Latin letters, single spaces."""
    plain = unicodedata.normalize("NFKD", text.casefold())
    bare = "".join(char for char in plain if not unicodedata.combining(char))
    return _GAP.sub(" ", bare.translate(_CYRILLIC)).strip()


def search_words(query: str, *, most: int = 6) -> list[str]:
    """The folded words of a query; something that looks like a telephone number is one word."""
    if _PHONE_LIKE.match(query.strip()):
        # a national number starts with a trunk zero that the stored international form lacks
        return [_DIGITS.sub("", query).lstrip("0")]
    # each word is a search of its own: a pasted paragraph must not be fifty
    return [word for word in fold(query).split(" ") if word][:most]


def search_text(parts: list[str | None], emails: list[str], phones: list[str]) -> str:
    """What the search index holds for a row."""
    # addresses stay as they are: folded, two of them could become one
    words = [fold(part) for part in parts if part]
    return " ".join([*words, *emails, *(phone.lstrip("+") for phone in phones)])


def words_of(text: str) -> list[str]:
    """The whole words of what the search index holds for a row."""
    return re.split(_BETWEEN_WORDS, text)
