"""Which words of a text are names, and how a word may stand in it."""

import re
from collections.abc import Iterable, Sequence
from difflib import SequenceMatcher

from crm_contacts.folding.rules import fold, words_of

SHORTEST_NAME = 3
# as alike as one typo in six letters leaves two words
ALIKE = 0.6
_NAME = re.compile(r"[^\W\d_]+")


def name_words(texts: Iterable[str]) -> set[str]:
    """Return the words that are names or parts of names: no addresses, no numbers."""
    return {
        word
        for text in texts
        for word in words_of(text)
        if len(word) >= SHORTEST_NAME and _NAME.fullmatch(word)
    }


def patterns_of(word: str) -> list[str]:
    """Return the patterns of texts that hold this word.

    Two letters are too few for the index to find them inside of words: at a beginning only.
    """
    literal = word.replace("\\", "\\\\").replace("%", "\\%").replace("_", "\\_")
    if len(word) < SHORTEST_NAME:
        return [f"{literal}%", f"% {literal}%"]
    return [f"%{literal}%"]


def found_by_name(name: str, words: Sequence[str]) -> bool:
    """Tell whether each word stands in a name, as typed or with a typo."""
    folded = fold(name)
    return all(
        word in folded
        or any(SequenceMatcher(None, word, one).ratio() >= ALIKE for one in words_of(folded))
        for word in words
    )
