"""In what a report is told: by `format`, else by Accept; and in which language."""

from enum import StrEnum

from crm_reporting.metrics.rules.catalogue import Language

LANGUAGES: tuple[Language, ...] = ("en", "uk", "ru")


class Format(StrEnum):
    JSON = "json"
    CSV = "csv"
    XLSX = "xlsx"
    SVG = "svg"
    PNG = "png"
    HTML = "html"


TYPES: dict[Format, str] = {
    Format.JSON: "application/json",
    Format.CSV: "text/csv",
    Format.XLSX: "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
    Format.SVG: "image/svg+xml",
    Format.PNG: "image/png",
    Format.HTML: "text/html",
}
# what programs say, all day long
ANYTHING = frozenset({"", "*/*", "application/json"})
TEXTS = frozenset({Format.CSV, Format.HTML})


def media_type(format_: Format) -> str:
    """Return the media type with its character set."""
    return TYPES[format_] + ("; charset=utf-8" if format_ in TEXTS else "")


def format_of(accept: str) -> Format:
    """Return what the caller likes best of what there is; JSON when he does not say."""
    if accept in ANYTHING:
        return Format.JSON
    best, most = Format.JSON, 0.0
    for format_, kind in TYPES.items():
        if (liking := _quality(accept, kind)) > most:
            best, most = format_, liking
    return best


def language_of(accept: str) -> Language:
    """Return the language that the caller likes best; English when he does not say."""
    best: Language = "en"
    most = 0.0
    for tag, quality in _weighed(accept):
        for language in LANGUAGES:
            if tag.split("-")[0] == language and quality > most:
                best, most = language, quality
    return best


def _quality(accept: str, kind: str) -> float:
    family = f"{kind.partition('/')[0]}/*"
    weights = dict(_weighed(accept))
    for name in (kind, family, "*/*"):
        if name in weights:
            return weights[name]
    return 0.0


def _weighed(header: str) -> list[tuple[str, float]]:
    found = []
    for part in header.split(","):
        name, *parameters = (one.strip().lower() for one in part.split(";"))
        quality = next((one[2:] for one in parameters if one.startswith("q=")), "1")
        try:
            found.append((name, float(quality)))
        except ValueError:
            # a weight that is none says nothing of what is liked
            continue
    return found
