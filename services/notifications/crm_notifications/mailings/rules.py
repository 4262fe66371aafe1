"""The life of a mailing, who gets which version, what a machine is, which version did better."""

import hmac
import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from hashlib import sha256
from html import escape, unescape
from math import erfc, sqrt
from urllib.parse import urlencode
from uuid import UUID

from crm_shared.links import make_link, read_link

STARTED = "crm.notifications.mailing.started.v1"
LINK_LIFE = timedelta(days=365)
A, B = "a", "b"
HREF = re.compile(r"""(<a\b[^>]*?\bhref\s*=\s*)(["'])(https?://[^"']+)\2""", re.IGNORECASE)
# who looks at letters without being a person: scanners, previews, libraries
MACHINES = re.compile(
    r"bot|crawl|spider|scan|preview|proofpoint|barracuda|mimecast|safelinks|symantec|fireeye"
    r"|python|curl|wget|go-http|java/|okhttp|headless|phantom|^$",
    re.IGNORECASE,
)
# a letter's own server looks at it on arrival; nobody reads and clicks that fast
TOO_FAST = timedelta(seconds=5)
CONFIDENT = 0.05
Z_95 = 1.959964
ENOUGH = 5


class Status(StrEnum):
    """Where a mailing is."""

    DRAFT = "draft"
    RUNNING = "running"
    PAUSED = "paused"
    FINISHED = "finished"
    CANCELLED = "cancelled"
    FAILED = "failed"


class Move(StrEnum):
    """What can be done with a mailing, or happens to it."""

    START = "start"
    PAUSE = "pause"
    RESUME = "resume"
    CANCEL = "cancel"
    FINISH = "finish"
    FAIL = "fail"


LIFE: Mapping[tuple[Status, Move], Status] = {
    (Status.DRAFT, Move.START): Status.RUNNING,
    (Status.RUNNING, Move.PAUSE): Status.PAUSED,
    (Status.PAUSED, Move.RESUME): Status.RUNNING,
    (Status.RUNNING, Move.CANCEL): Status.CANCELLED,
    (Status.PAUSED, Move.CANCEL): Status.CANCELLED,
    (Status.RUNNING, Move.FINISH): Status.FINISHED,
    (Status.RUNNING, Move.FAIL): Status.FAILED,
}


def variant_of(mailing_id: UUID, recipient_id: UUID, share_of_b: int) -> str:
    """Which version a person gets: by chance, and the same however often it is asked."""
    digest = sha256(mailing_id.bytes + recipient_id.bytes).digest()
    return B if int.from_bytes(digest[:8]) % 100 < share_of_b else A


def address_key(key: str, mailing_id: UUID, address: str) -> str:
    """By what two contacts with one address are the same recipient; it tells nobody the address."""
    said = f"{mailing_id}|{address.casefold()}"
    return hmac.digest(key.encode(), said.encode(), "sha256").hex()


def tracked(html: str, message_id: UUID, *, base_url: str, key: str, now: datetime) -> str:
    """Lead links through the house, and add a picture of nothing that tells of an opening.

    Links to the house itself stay as they are: who refuses letters must get there in any case.
    """
    until = now + LINK_LIFE

    def through(found: re.Match[str]) -> str:
        url = unescape(found[3])
        if url.startswith(base_url):
            return found[0]
        token = make_link(key, click_purpose(url), message_id, expires_at=until)
        shown = f"{base_url}/v1/mailings/clicks/{token}?{urlencode({'url': url})}"
        return f"{found[1]}{found[2]}{escape(shown)}{found[2]}"

    token = make_link(key, "mailing-open", message_id, expires_at=until)
    picture = f'<img src="{base_url}/v1/mailings/opens/{token}" width="1" height="1" alt="">'
    body, end, rest = HREF.sub(through, html).rpartition("</body>")
    return body + picture + end + rest if end else rest + picture


def click_purpose(url: str) -> str:
    """What a click's token is bound to: it leads to this address and nowhere else."""
    return f"mailing-click|{sha256(url.encode()).hexdigest()}"


def opened_by(key: str, token: str, now: datetime) -> UUID | None:
    """Whose letter was opened, if the token is ours."""
    return read_link(key, "mailing-open", token, now=now)


def clicked_by(key: str, token: str, url: str, now: datetime) -> UUID | None:
    """In whose letter this address was clicked, if the token is ours and for it."""
    return read_link(key, click_purpose(url), token, now=now)


def is_machine(user_agent: str, sent_at: datetime | None, now: datetime) -> bool:
    """Whether an opening or a click is a scanner's: by its name or by its haste."""
    is_hasty = sent_at is not None and now - sent_at < TOO_FAST
    return is_hasty or MACHINES.search(user_agent) is not None


@dataclass(frozen=True)
class Share:
    """So many of so many."""

    part: int
    whole: int

    @property
    def rate(self) -> float:
        return self.part / self.whole


@dataclass(frozen=True)
class Comparison:
    """B against A: the difference of shares, its interval of 95 %, and how likely chance makes it.

    A two-sided test of two proportions (z, pooled variance); the interval by Wald. Without enough
    of either, at least five and five in each version, everything is null and `reason` says so.
    """

    difference: float | None
    low: float | None
    high: float | None
    p_value: float | None
    winner: str | None
    reason: str | None


def compare(a: Share, b: Share) -> Comparison:
    """Say whether B did better or worse than A, or that nobody can tell."""
    if min(a.whole, b.whole) == 0:
        return Comparison(None, None, None, None, None, "nothing-delivered")
    cells = [share.part for share in (a, b)] + [share.whole - share.part for share in (a, b)]
    if min(cells) < ENOUGH:
        return Comparison(b.rate - a.rate, None, None, None, None, "too-few")
    pooled = (a.part + b.part) / (a.whole + b.whole)
    spread = sqrt(pooled * (1 - pooled) * (1 / a.whole + 1 / b.whole))
    difference = b.rate - a.rate
    p_value = erfc(abs(difference) / spread / sqrt(2))
    margin = Z_95 * sqrt(a.rate * (1 - a.rate) / a.whole + b.rate * (1 - b.rate) / b.whole)
    is_sure = p_value < CONFIDENT
    winner = (B if difference > 0 else A) if is_sure else None
    reason = None if is_sure else "could-be-chance"
    return Comparison(difference, difference - margin, difference + margin, p_value, winner, reason)


def results_of(counted: list[dict[str, int | str]]) -> dict[str, object]:
    """Add shares to what was counted, and compare the versions where there are two."""
    variants = [{**one, **_rates(one)} for one in counted]
    by_name = {str(one["variant"]): one for one in counted}
    tests: dict[str, Comparison | None] = {"opens": None, "clicks": None}
    if {A, B} <= by_name.keys():
        for name, part in (("opens", "opened"), ("clicks", "clicked")):
            shares = [
                Share(int(by_name[one][part]), int(by_name[one]["delivered"])) for one in (A, B)
            ]
            tests[name] = compare(*shares)
    return {"variants": variants, **tests, "test": "two proportions, two-sided, pooled z"}


def _rates(one: Mapping[str, int | str]) -> dict[str, float | None]:
    def share(part: str, whole: str) -> float | None:
        return int(one[part]) / int(one[whole]) if one[whole] else None

    return {
        "open_rate": share("opened", "delivered"),
        "click_rate": share("clicked", "delivered"),
        "click_to_open": share("clicked", "opened"),
        "bounce_rate": share("bounced", "sent"),
        "unsubscribe_rate": share("unsubscribed", "delivered"),
    }
