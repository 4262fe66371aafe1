"""Money: decimals, never floats; currencies and their digits by ISO 4217."""

from collections.abc import Mapping
from decimal import ROUND_HALF_UP, Decimal
from typing import Annotated, Any

from pydantic import AfterValidator, Field, PlainSerializer
from pydantic_core import PydanticCustomError

ISO_4217 = """
AED AFN ALL AMD AOA ARS AUD AWG AZN BAM BBD BDT BGN BHD BIF BMD BND BOB BRL BSD BTN BWP BYN BZD
CAD CDF CHF CLP CNY COP CRC CUP CVE CZK DJF DKK DOP DZD EGP ERN ETB EUR FJD FKP GBP GEL GHS GIP
GMD GNF GTQ GYD HKD HNL HTG HUF IDR ILS INR IQD IRR ISK JMD JOD JPY KES KGS KHR KMF KPW KRW KWD
KYD KZT LAK LBP LKR LRD LSL LYD MAD MDL MGA MKD MMK MNT MOP MRU MUR MVR MWK MXN MYR MZN NAD NGN
NIO NOK NPR NZD OMR PAB PEN PGK PHP PKR PLN PYG QAR RON RSD RUB RWF SAR SBD SCR SDG SEK SGD SHP
SLE SOS SRD SSP STN SVC SYP SZL THB TJS TMT TND TOP TRY TTD TWD TZS UAH UGX USD UYU UZS VED VES
VND VUV WST XAF XCD XOF XPF YER ZAR ZMW ZWG
"""
NO_DIGITS = "BIF CLP DJF GNF ISK JPY KMF KRW PYG RWF UGX VND VUV XAF XOF XPF"
THREE_DIGITS = "BHD IQD JOD KWD LYD OMR TND"
CURRENCIES = frozenset(ISO_4217.split())
DIGITS = dict.fromkeys(NO_DIGITS.split(), 0) | dict.fromkeys(THREE_DIGITS.split(), 3)
LARGEST = Decimal("999999999999999.9999")


def round_money(value: Decimal, currency: str) -> Decimal:
    """Round half up to the currency's digits (ISO 4217)."""
    return value.quantize(Decimal(1).scaleb(-DIGITS.get(currency, 2)), ROUND_HALF_UP)


def plain(value: Decimal) -> str:
    """Write money the same way however it was stored: two digits, more only where they count."""
    # on text: with a context of its own it takes six times as long, and a page has 200 of them
    whole, _, digits = format(value, "f").partition(".")
    return f"{whole}.{digits.rstrip('0'):0<2}"


def plainly(values: Mapping[str, Any]) -> dict[str, Any]:
    """Write the money among these values as events tell it: no reader makes a float of a text."""
    return {
        name: plain(value) if isinstance(value, Decimal) else value
        for name, value in values.items()
    }


def _known_currency(code: str) -> str:
    if code not in CURRENCIES:
        raise PydanticCustomError("unknown-currency", "Must be a currency of ISO 4217")
    return code


Amount = Annotated[
    Decimal,
    Field(max_digits=19, decimal_places=4, allow_inf_nan=False),
    PlainSerializer(plain, return_type=str, when_used="json"),
]
Currency = Annotated[str, Field(examples=["UAH"]), AfterValidator(_known_currency)]
