"""Who is named in a header: addresses as they stand, names decoded after they were parted."""

import re
from collections.abc import Iterator

# an encoded word is one piece unless it holds what only addresses may
_PIECE = re.compile(
    r"=\?[^?\s<>@]+\?[bq]\?[^?<>@]*\?="
    r'|"(?:[^"\\]|\\.)*"|\((?:[^()\\]|\\.|\([^()]*\))*\)|<[^<>]*>?|[,;:]|[^",;:<(=]+|.',
    re.IGNORECASE | re.DOTALL,
)


def mailboxes(raw: str) -> Iterator[tuple[str, str]]:
    """Yield name and address of everybody in a header as it came, words still encoded.

    What stands beside an address in angle brackets is a name whatever it looks like: a stranger
    may call himself `boss@firm.ua`. Two such addresses in one place tell nothing and are left out.
    """
    entry: list[str] = []
    for piece in [*_PIECE.findall(raw), ","]:
        if piece == ":":  # a group has a name of its own
            entry = []
        elif piece not in (",", ";"):
            entry.append(piece)
        elif entry:
            yield from _of(entry)
            entry = []


def _of(entry: list[str]) -> Iterator[tuple[str, str]]:
    comments = [one[1:-1] for one in entry if one.startswith("(")]
    rest = [one for one in entry if not one.startswith("(")]
    angled = [one.strip("<>").strip() for one in rest if one.startswith("<")]
    address = angled[0] if angled else "".join(rest).strip()
    # a half of an encoded word is none, and no address has blanks
    is_one = len(angled) < 2 and "@" in address and not re.search(r"\s|=\?", address)  # noqa: PLR2004
    if is_one:
        words = [_unquoted(one) for one in rest if not one.startswith("<")] if angled else []
        yield " ".join("".join(words or comments).split()), address


def _unquoted(piece: str) -> str:
    return re.sub(r"\\(.)", r"\1", piece[1:-1]) if piece.startswith('"') else piece
