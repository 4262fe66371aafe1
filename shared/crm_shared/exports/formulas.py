"""Texts that a spreadsheet would calculate, and how a CSV keeps it from doing so."""

# full-width signs are read as the plain ones, in some languages of a spreadsheet
_SIGNS = ("=", "+", "-", "@", "＝", "＋", "－", "＠")
# what some programs drop from the front of a cell before they look at it
_BLANKS = ("\t", "\r", "\n")


def harmless(text: str) -> str:
    """Return a text that no spreadsheet takes for a formula."""
    return f"'{text}" if _is_risky(text) else text


def as_it_was(cell: str) -> str:
    """Return what `harmless` was given."""
    return cell[1:] if cell[:1] == "'" and _is_risky(cell[1:]) else cell


def _is_risky(text: str) -> bool:
    # spaces before a sign do not help: they are dropped as well
    return text.startswith(_BLANKS) or text.lstrip().startswith(_SIGNS)
