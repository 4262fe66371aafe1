"""The dashboard as somebody uses it: a page signed in, and what the API says to the same."""

import io
import json
import re
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, urlsplit

import httpx
from browser import Page
from cli.shown import MOVED, Shown, eventually
from openpyxl import load_workbook

AT_REST = (
    "document.querySelector('.board .tile') !== null && [...document.querySelectorAll('.tile')]"
    ".every(tile => tile.getAttribute('aria-busy') === 'false')"
)
OPEN = (
    "!!document.querySelector('dialog[open]') && !document.querySelector('dialog [aria-busy=true]')"
)


def person(shown: Shown, role: str) -> tuple[str, str]:
    """Return the address and the password of the first one of a role."""
    one = next(each for each in shown.told["sign_ins"] if each["role"] == role)
    return one["email"], one["password"]


def client_of(shown: Shown, role: str) -> httpx.Client:
    """Return the API as somebody of a role has it."""
    email, password = person(shown, role)
    body = {"email": email, "password": password}
    answer = httpx.post(f"{shown.url}/v1/auth/sign-in", json=body, trust_env=False, timeout=20)
    bearer = {"Authorization": f"Bearer {answer.json()['access_token']}"}
    return httpx.Client(base_url=shown.url, headers=bearer, trust_env=False, timeout=20)


@contextmanager
def board(shown: Shown, role: str, folder: Path, query: str = "") -> Iterator[Page]:
    """Sign somebody in on the page, as people do it, and wait for his figures."""
    with Page(folder) as page:
        page.sized(1440, 1000)
        page.open(f"{shown.url}/dashboard?lang=en{query}")
        page.until("!!document.querySelector('form [name=email]')")
        sign_in(page, *person(shown, role))
        page.until(AT_REST)
        yield page


def sign_in(page: Page, email: str, password: str) -> None:
    page.enter("form [name=email]", email)
    page.enter("form [name=password]", password)
    page.press("form [type=submit]")


def value(page: Page, tile: str) -> str | None:
    """Return the exact value that stands behind what a tile shows."""
    found: str | None = page.tell(
        f"document.querySelector('[data-tile={tile}] [data-value]')?.dataset.value ?? null"
    )
    return found


def until_value(page: Page, tile: str, wanted: str) -> None:
    shown = f"document.querySelector('[data-tile={tile}] [data-value]')?.dataset.value"
    page.until(f"{shown} === {json.dumps(wanted)}")


def brought(api: httpx.Client) -> str:
    """Return the sentence of the effect as the API tells it now."""
    told: str = api.get("/v1/effect/totals").json()["sentence"]["en"]
    return told.replace("\u00a0", " ")


def text(page: Page, selector: str) -> str:
    found: str = page.tell(f"document.querySelector({json.dumps(selector)})?.innerText ?? ''")
    return re.sub(r"\s+", " ", found).strip()


# what a screen reader meets: one title, named regions and fields, charts with their numbers beside
FAULTS = """(() => {
  const named = (e) => e.getAttribute('aria-label') || e.labels?.length || e.innerText?.trim()
    || document.getElementById(e.getAttribute('aria-labelledby'))?.innerText;
  const all = (what) => [...document.querySelectorAll(what)].filter((e) => e.checkVisibility());
  const shown = (e) => e.outerHTML.slice(0, 120);
  const lacks = (what, part, fault) => all(what).filter((e) => !e.querySelector(part))
    .map(() => fault);
  return [
    ...(all('h1').length === 1 ? [] : ['h1']), ...(all('main').length === 1 ? [] : ['main']),
    ...all('button, a, select, input, section, nav, [role=img]').filter((e) => !named(e))
      .map(shown),
    ...lacks('figure', 'table', 'a chart without its table'),
    ...lacks('table', 'thead th[scope=col]', 'a table without heads'),
  ];
})()"""


def empty_tiles(page: Page) -> list[str]:
    """Return the tiles that show no figure but a reason or a hint."""
    found: list[str] = page.tell(
        "[...document.querySelectorAll('.tile')].filter((tile) => !tile.hidden"
        " && tile.querySelector('.hint, .empty, .value.none')).map((tile) => tile.dataset.tile)"
    )
    return found


def unmeasured(client: httpx.Client) -> list[str]:
    """Return the components of the effect that no fact of the company tells."""
    answer = client.get("/v1/effect")
    assert answer.status_code == 200, answer.text
    return [one["id"] for one in answer.json()["components"] if one["value"] is None]


def hidden_tiles(page: Page) -> list[str]:
    found: list[str] = page.tell(
        "[...document.querySelectorAll('.tile[hidden]')].map(tile => tile.dataset.tile)"
    )
    return found


def give_file(page: Page, selector: str, file: Path) -> None:
    """Choose a file, as a person does in the system's own dialog."""
    root = page.call("DOM.getDocument")["root"]["nodeId"]
    node = page.call("DOM.querySelector", nodeId=root, selector=selector)["nodeId"]
    page.call("DOM.setFileInputFiles", nodeId=node, files=[str(file)])


def figure(client: httpx.Client, metric: str, **query: Any) -> dict[str, Any]:
    answer = client.get(f"/v1/metrics/{metric}", params=query)
    assert answer.status_code == 200, answer.text
    told: dict[str, Any] = answer.json()
    return told


def days_of(page: Page) -> dict[str, str]:
    """Return the days that the page asks for, read off its own requests."""
    asked = next(url for url in reversed(page.asked) if "/v1/metrics/won_deals" in url)
    query = parse_qs(urlsplit(asked).query)
    return {name: query[name][0] for name in ("from", "to")}


def win(shown: Shown, api: httpx.Client) -> None:
    """Win one of the open deals that somebody sees."""
    found = api.get("/v1/deals", params={"outcome": "open", "limit": 1}).json()["items"][0]
    with shown.client() as client:
        stages = client.get(f"/v1/pipelines/{found['pipeline_id']}").json()["stages"]
        [reason] = client.get("/v1/reasons", params={"outcome": "won", "limit": 1}).json()["items"]
        won = next(one["id"] for one in stages if one["outcome"] == "won")
        into = {"stage_id": won, "reason_id": reason["id"]}
        path = f"/v1/deals/{found['id']}/stage"
        client.put(path, json=into, headers={"If-Match": "*"}).raise_for_status()


def wrong_workbook(shown: Shown, folder: Path) -> Path:
    """Return the workbook as downloaded, with one cell that is no number."""
    with client_of(shown, "accountant") as api:
        book = load_workbook(io.BytesIO(api.get("/v1/effect/workbook").content))
    sheet = book["baseline"]
    column = next(cell.column for cell in sheet[1] if cell.value == "value")
    sheet.cell(5, column, "a lot")
    file = folder / "wrong.xlsx"
    book.save(file)
    return file


def own_metric(shown: Shown) -> str:
    """Let the head define a metric of the company's own, and wait until its past is counted."""
    with client_of(shown, "head") as api:
        body = {"key": "moves", "title": {"en": "Moves"}, "unit": "count",
                "numerator": {"events": [MOVED]}}  # fmt: skip
        made = api.post("/v1/custom-metrics", json=body).json()["metric"]
        eventually(lambda: figure(api, made)["value"])
    return str(made)
