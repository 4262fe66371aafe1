"""Looks at the three services through the public API until each has done its part."""

import asyncio
import time
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import Any

import httpx

from crm_cli.api import explain
from crm_cli.failure import CliError

_EVERY = 0.004
_PATIENCE = 30.0


@dataclass(frozen=True, slots=True)
class Reaction:
    """What one service did, and how long after the move was answered it could be seen."""

    service: str
    what: str
    milliseconds: int


class Watcher:
    """A client that asks again and again, the way an impatient screen would."""

    def __init__(self, url: str, token: str) -> None:
        self._client = httpx.AsyncClient(
            base_url=url,
            headers={"Authorization": f"Bearer {token}"},
            trust_env=False,
            timeout=5,
        )

    async def close(self) -> None:
        await self._client.aclose()

    async def get(self, path: str, params: Mapping[str, str]) -> Any:
        """Return the answer, or None while there is none."""
        try:
            answer = await self._client.get(path, params=dict(params))
        except httpx.HTTPError:
            return None
        return answer.json() if answer.is_success else None

    async def move(self, deal: str, body: Mapping[str, str]) -> tuple[dict[str, Any], int]:
        """Move the deal; return it as it is then, and how long the answer took."""
        began = time.monotonic()
        answer = await self._client.put(
            f"/v1/deals/{deal}/stage", json=body, headers={"If-Match": "*"}
        )
        if not answer.is_success:
            raise CliError(f"The deal does not move: {explain(answer)}")
        moved: dict[str, Any] = answer.json()
        return moved, _since(began)

    async def sales(self) -> Decimal | None:
        """Return what was sold in the last month, as reporting counts it."""
        now = datetime.now(UTC)
        period = {
            "from": (now - timedelta(days=30)).date().isoformat(),
            "to": (now + timedelta(days=2)).date().isoformat(),
        }
        metric = await self.get("/v1/metrics/sales_volume", period)
        return None if metric is None else Decimal(metric["value"] or 0)

    async def task(self, moved: Mapping[str, Any], began: float) -> Reaction:
        """Wait for the task that contacts makes of this move."""
        item = await self._of_move("/v1/tasks", moved)
        return Reaction("contacts", f"task «{item['title']}», {_due(item)}", _since(began))

    async def message(self, moved: Mapping[str, Any], began: float) -> Reaction:
        """Wait until notifications has sent the message about this move."""
        item = await self._of_move("/v1/messages", moved, status="sent")
        what = f"{item['channel']} to the {item['recipient_kind']}, {item['status']}"
        return Reaction("notifications", what, _since(began))

    async def growth(self, before: Decimal, moved: Mapping[str, Any], began: float) -> Reaction:
        """Wait until reporting counts this deal's amount."""
        wanted = before + Decimal(moved["amount"])

        async def look() -> Decimal | None:
            seen = await self.sales()
            return seen if seen is not None and seen >= wanted else None

        seen = await until(look, "reporting")
        what = f"sales of 30 days {before:,.0f} → {seen:,.0f} {moved['currency']}"
        return Reaction("reporting", what.replace(",", " "), _since(began))

    async def _of_move(self, path: str, moved: Mapping[str, Any], **wanted: str) -> dict[str, Any]:
        own = {"source_revision": moved["revision"], **wanted}

        async def look() -> dict[str, Any] | None:
            page = await self.get(path, {"deal_id": moved["id"]})
            for item in page["items"] if page else ():
                if all(item[name] == value for name, value in own.items()):
                    found: dict[str, Any] = item
                    return found
            return None

        item: dict[str, Any] = await until(look, path)
        return item


async def until(look: Callable[[], Awaitable[Any]], what: str) -> Any:
    """Look again and again until there is something to see."""
    deadline = time.monotonic() + _PATIENCE
    while time.monotonic() < deadline:
        seen = await look()
        if seen is not None:
            return seen
        await asyncio.sleep(_EVERY)
    raise CliError(f"{what}: nothing for {_PATIENCE:.0f} s")


def _since(began: float) -> int:
    return round((time.monotonic() - began) * 1000)


def _due(item: Mapping[str, Any]) -> str:
    if not item["due_at"]:
        return "no deadline"
    left = datetime.fromisoformat(item["due_at"]) - datetime.now(UTC)
    return f"due in {round(left.total_seconds() / 3600)} h"
