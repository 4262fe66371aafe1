"""How promising a lead looks: points with reasons, nothing else looked at."""

from collections.abc import Callable, Mapping
from typing import Any

HIGHEST = 100
FREE_MAIL = frozenset(
    {
        "gmail.com", "googlemail.com", "ukr.net", "i.ua", "meta.ua", "outlook.com", "hotmail.com",
        "yahoo.com", "icloud.com", "proton.me", "mail.com", "gmx.net", "gmx.de",
    }
)  # fmt: skip
PAID_MEDIA = frozenset({"cpc", "ppc", "paid", "paid_social", "display", "cpm"})

Values = Mapping[str, Any]


def _has_work_address(lead: Values) -> bool:
    return any(one.rpartition("@")[2] not in FREE_MAIL for one in lead["email_keys"])


def _was_paid_for(lead: Values) -> bool:
    return str((lead["utm"] or {}).get("medium") or "").lower() in PAID_MEDIA


# The one table: what is looked at, and how much it counts.
WEIGHTS: Mapping[str, tuple[int, Callable[[Values], bool]]] = {
    "has_phone": (25, lambda lead: bool(lead["phone_keys"])),
    "has_email": (15, lambda lead: bool(lead["email_keys"])),
    "work_address": (10, _has_work_address),
    "has_name": (10, lambda lead: bool(lead["first_name"] or lead["last_name"])),
    "has_company": (15, lambda lead: bool(lead["company_name"])),
    "has_job_title": (5, lambda lead: bool(lead["job_title"])),
    "paid_campaign": (5, _was_paid_for),
    "confirmed": (15, lambda lead: lead["confirmed_at"] is not None),
}
LOOKED_AT = (
    "first_name",
    "last_name",
    "company_name",
    "job_title",
    "utm",
    "confirmed_at",
    "email_keys",
    "phone_keys",
)


def score_of(lead: Values) -> tuple[int, list[dict[str, Any]]]:
    """Return the points of a lead, at most 100, and what each of them is for."""
    reasons = [
        {"code": code, "points": points} for code, (points, holds) in WEIGHTS.items() if holds(lead)
    ]
    total = sum(points for points, holds in WEIGHTS.values() if holds(lead))
    return min(total, HIGHEST), reasons
