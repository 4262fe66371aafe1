"""vCards as text: 3.0 (RFC 2426) and 4.0 (RFC 6350), several in one file."""

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from typing import Any, Literal

from crm_contacts.contacts.rules import is_zone

Version = Literal["3.0", "4.0"]
_NAME = re.compile(r'^((?:[^:"]|"[^"]*")*):(.*)$', re.DOTALL)
_BIRTHDAY = re.compile(r"(\d{4})-?(\d{2})-?(\d{2})")
_ESCAPES = {"\\n": "\n", "\\N": "\n", "\\,": ",", "\\;": ";", "\\:": ":", "\\\\": "\\"}
_ESCAPED = re.compile(r"\\[nN,;:\\]")
# a sign behind an escaped backslash is not escaped itself
_BETWEEN_SEMICOLONS = re.compile(r"(?:\A|;)((?:[^;\\]|\\.)*)")
_BETWEEN_COMMAS = re.compile(r"(?:\A|,)((?:[^,\\]|\\.)*)")
_FOLD = re.compile(r"\r?\n[ \t]")
# these only: a text may hold what other standards take for the end of a line
_LINE_END = re.compile(r"\r?\n")
# octets: RFC 6350, 3.2
FOLD_AT = 75


@dataclass(slots=True)
class Card:
    """One card: its values by property, in the order of the file."""

    number: int
    values: dict[str, list[str]] = field(default_factory=dict)

    def first(self, name: str) -> str | None:
        """Return the first value of a property as text."""
        found = self.values.get(name)
        return _text(found[0]) or None if found else None

    def parts(self, name: str) -> list[str]:
        """Return the parts of a structured value, such as a name."""
        found = self.values.get(name)
        return [_text(one) for one in _BETWEEN_SEMICOLONS.findall(found[0])] if found else []


def read_cards(text: str) -> Iterator[Card]:
    """Yield the cards of a file; what stands between them is passed over."""
    card: Card | None = None
    number = 0
    for line in _LINE_END.split(_FOLD.sub("", text)):
        found = _NAME.match(line)
        if found is None:
            continue
        name = found.group(1).partition(";")[0].rpartition(".")[2].upper()
        value = found.group(2)
        if name == "BEGIN" and value.strip().upper() == "VCARD":
            number += 1
            card = Card(number)
        elif name == "END" and card is not None:
            yield card
            card = None
        elif card is not None:
            card.values.setdefault(name, []).append(value)


def contact_of(card: Card) -> dict[str, Any]:
    """Return what a card says of a contact, as the API takes it."""
    family, given, middle, *_ = [*card.parts("N"), "", "", ""]
    if not family and not given:
        family = card.first("FN") or ""
    values: dict[str, Any] = {
        "last_name": family,
        "first_name": given,
        "middle_name": middle,
        "job_title": card.first("TITLE"),
        "birth_date": _day(card.first("BDAY")),
        "time_zone": _zone(card.first("TZ")),
    }
    told = {name: value for name, value in values.items() if value}
    emails = [_text(one).removeprefix("mailto:") for one in card.values.get("EMAIL", ())]
    phones = [_text(one).removeprefix("tel:") for one in card.values.get("TEL", ())]
    tags = [
        _text(tag).strip()
        for one in card.values.get("CATEGORIES", ())
        for tag in _BETWEEN_COMMAS.findall(one)
    ]
    lists = {
        "emails": [{"value": one} for one in dict.fromkeys(emails) if one],
        "phones": [{"value": one} for one in dict.fromkeys(phones) if one],
        "tags": list(dict.fromkeys(tag for tag in tags if tag)),
    }
    named = {"external_id": uid, "source_system": "vcard"} if (uid := card.first("UID")) else {}
    return {**told, **{name: value for name, value in lists.items() if value}, **named}


def card_text(contact: Mapping[str, Any], *, company: str | None, version: Version) -> str:
    """Return a contact as a card, its lines folded."""
    names = ("last_name", "first_name", "middle_name")
    name = ";".join(_escaped(contact.get(one)) for one in names)
    shown = " ".join(one for key in reversed(names[:2]) if (one := contact.get(key)))
    lines = [
        "BEGIN:VCARD",
        f"VERSION:{version}",
        f"UID:urn:uuid:{contact['id']}",
        f"N:{name};;",
        f"FN:{_escaped(shown or company or next(_addresses(contact), ''))}",
        *(f"EMAIL{_kind(one, version)}:{one['value']}" for one in contact["emails"]),
        *(_phone(one, version) for one in contact["phones"]),
    ]
    lines += [
        f"{key}:{_escaped(value)}"
        for key, value in (("TITLE", contact.get("job_title")), ("ORG", company))
        if value
    ]
    if (born := contact.get("birth_date")) is not None:
        lines.append(f"BDAY:{born:%Y%m%d}" if version == "4.0" else f"BDAY:{born:%Y-%m-%d}")
    if zone := contact.get("time_zone"):
        # 3.0 takes offsets, and names only as text
        lines.append(f"TZ:{zone}" if version == "4.0" else f"TZ;VALUE=text:{zone}")
    if contact.get("tags"):
        lines.append("CATEGORIES:" + ",".join(map(_escaped, contact["tags"])))
    updated: datetime = contact["updated_at"]
    lines += [f"REV:{updated:%Y%m%dT%H%M%SZ}", "END:VCARD"]
    return "".join(f"{folded}\r\n" for line in lines for folded in _folded(line))


def _addresses(contact: Mapping[str, Any]) -> Iterator[str]:
    yield from (one["value"] for one in (*contact["emails"], *contact["phones"]))


def _kind(address: Mapping[str, Any], version: Version) -> str:
    if not address.get("is_primary"):
        return ""
    return ";PREF=1" if version == "4.0" else ";TYPE=PREF"


def _phone(address: Mapping[str, Any], version: Version) -> str:
    kind = _kind(address, version)
    if version == "4.0":
        return f"TEL;VALUE=uri{kind}:tel:{address['value']}"
    return f"TEL{kind}:{address['value']}"


def _text(value: str) -> str:
    return _ESCAPED.sub(lambda found: _ESCAPES[found.group()], value).strip()


def _escaped(value: Any) -> str:
    text = str(value or "").replace("\\", "\\\\").replace("\r", "")
    return text.replace(",", "\\,").replace(";", "\\;").replace("\n", "\\n")


def _day(text: str | None) -> str | None:
    found = _BIRTHDAY.match(text or "")
    if found is None:
        return None
    year, month, day = map(int, found.groups())
    try:
        return date(year, month, day).isoformat()
    except ValueError:
        return None


def _zone(text: str | None) -> str | None:
    """Return the zone a card names; an offset alone says nothing of summer time."""
    return text if is_zone(text) else None


def _folded(line: str) -> Sequence[str]:
    """Cut a line after 75 octets, never amid a character; the rest begins with a space."""
    pieces, piece = [], ""
    for sign in line:
        if len((piece + sign).encode()) > FOLD_AT:
            pieces.append(piece)
            piece = " "
        piece += sign
    return [*pieces, piece]
