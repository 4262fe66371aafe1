"""E-mail addresses and telephone numbers in one normal form."""

import re
from collections.abc import Mapping, Sequence
from functools import lru_cache
from typing import Any

import phonenumbers
from email_validator import SPECIAL_USE_DOMAIN_NAMES, EmailNotValidError, validate_email

from crm_contacts.addresses.errors import (
    InvalidAddressesError,
    RepeatedPrimaryError,
    not_a_phone,
    not_an_email,
)
from crm_shared.errors import FieldError

Address = dict[str, Any]
# shorter than any limit that the library knows of a first part or a whole address
PLAIN, SHORT = re.compile(r"[A-Za-z0-9_+-]{1,20}(?:\.[A-Za-z0-9_+-]{1,20}){0,2}"), 200

# Inside a company these are addresses like any other; the library keeps the list for editing.
for inner in ("local", "test"):
    if inner in SPECIAL_USE_DOMAIN_NAMES:
        SPECIAL_USE_DOMAIN_NAMES.remove(inner)


def normal_email(text: str) -> str | None:
    """The address in lower case without display name, or None when it is not one."""
    # files bring a million addresses in a few thousand domains, and their first parts are plain
    local, _at, domain = text.strip().rpartition("@")
    if PLAIN.fullmatch(local) and len(text) <= SHORT:
        known = _domain(domain)
        return known and f"{local.lower()}@{known}"
    return _validated(text.strip())


@lru_cache(maxsize=10_000)
def _domain(text: str) -> str | None:
    found = _validated(f"a@{text}")
    return found and found.rpartition("@")[2]


def _validated(text: str) -> str | None:
    try:
        return validate_email(text, check_deliverability=False).normalized.lower()
    except EmailNotValidError:
        return None


def normal_phone(text: str, region: str) -> str | None:
    """The number as E.164, read as one of `region` when it has no country code."""
    try:
        number = phonenumbers.parse(text, region)
    except phonenumbers.NumberParseException:
        return None
    # possible, not valid: new ranges of operators are younger than the library
    if not phonenumbers.is_possible_number(number):
        return None
    return str(phonenumbers.format_number(number, phonenumbers.PhoneNumberFormat.E164))


def normalise(values: Mapping[str, Any], region: str) -> dict[str, Any]:
    """`values` with its `emails` and `phones` normalised, each once and one of them primary."""
    refused: list[FieldError] = []
    result = dict(values)
    if values.get("emails") is not None:
        result["emails"] = _all(values["emails"], "emails", region, refused)
    if values.get("phones") is not None:
        result["phones"] = _all(values["phones"], "phones", region, refused)
    if refused:
        raise InvalidAddressesError(refused)
    return result


def _all(
    given: Sequence[Mapping[str, Any]], kind: str, region: str, refused: list[FieldError]
) -> list[Address]:
    found: dict[str, Address] = {}
    for place, item in enumerate(given):
        text = str(item["value"])
        value = normal_email(text) if kind == "emails" else normal_phone(text, region)
        if value is None:
            pointer = f"/{kind}/{place}/value"
            refused.append(not_an_email(pointer) if kind == "emails" else not_a_phone(pointer))
            continue
        # written twice in two ways it is one address, with the first label it had
        known = found.setdefault(value, {"value": value, "label": None, "is_primary": False})
        known["label"] = known["label"] or item.get("label")
        known["is_primary"] = known["is_primary"] or bool(item.get("is_primary"))
    return _one_primary(list(found.values()), kind)


def _one_primary(addresses: list[Address], kind: str) -> list[Address]:
    primary = [address for address in addresses if address["is_primary"]]
    if len(primary) > 1:
        raise RepeatedPrimaryError(kind)
    if addresses and not primary:
        # letters and calls need one to go to: the first that was written
        addresses[0]["is_primary"] = True
    return addresses


def values_of(addresses: Sequence[Mapping[str, Any]]) -> list[str]:
    """The bare addresses, the primary one first."""
    ordered = sorted(addresses, key=lambda address: not address["is_primary"])
    return [str(address["value"]) for address in ordered]
