"""Numbers of a call: outside ones in their normal form, extensions as they are dialled."""

import re
from decimal import Decimal

from crm_contacts.addresses.rules import normal_phone

PLACES = Decimal("0.0001")
EXTENSION = re.compile(r"[0-9*#]{1,6}")


def is_extension(number: str | None) -> bool:
    """Tell whether a number leads to a colleague and not out of the house."""
    return number is not None and EXTENSION.fullmatch(number) is not None


def normal_number(text: str, region: str) -> str | None:
    """The number as E.164, an extension as it is, or None when it is neither."""
    bare = text.strip()
    return bare if is_extension(bare) else normal_phone(bare, region)


CALL_BACK_KIND = "call_back"
# Words of the program itself, in the language of whoever is to ring back.
CALL_BACK = {"en": "Call back", "uk": "Передзвонити", "ru": "Перезвонить"}


def conversion(converted: int, cold: int) -> Decimal | None:
    """Return the part of cold calls that brought a client; nothing of none is no nought."""
    return None if not cold else (Decimal(converted) / cold).quantize(PLACES)
