"""R10: the dashboard's page: what a browser gets, and what may never stand in it."""

import gzip
import re
from html.parser import HTMLParser

import httpx
import pytest

from crm_reporting.contributions.rules import Part
from crm_reporting.dashboard.catalogue import HOME, assets, build
from crm_reporting.dashboard.endpoints import POLICY
from crm_reporting.metrics.rules.catalogue import CATALOGUE
from crm_reporting.metrics.rules.sources import NOUN_OF

OURS = {name: asset.body.decode() for name, asset in assets().items() if "vendor/" not in name}
MODULES = {name: text for name, text in OURS.items() if name.endswith(".js")}
CODE = {name: text for name, text in MODULES.items() if not name.startswith("i18n/")}
ENTRY = re.compile(r'^  (?:"([\w.]+)"|(\w+)): "(.+)",$', re.MULTILINE)
LANGUAGES = ("en", "uk", "ru")
AIMED_LINES = 150
# markup from strings, code from strings, other places, styles that the policy refuses
NEVER = re.compile(
    r"innerHTML|outerHTML|insertAdjacentHTML|document\.write|\beval\(|new Function|"
    r"""(?<!w3\.org)https?://(?!www\.w3\.org)|javascript:|setAttribute\('style'|localStorage.*token"""
)


def books_of(language: str) -> list[str]:
    return [MODULES[f"i18n/{language}.js"], MODULES[f"i18n/{language}.facts.js"]]


def words(language: str) -> dict[str, str]:
    found = [one for book in books_of(language) for one in ENTRY.findall(book)]
    return {quoted or plain: text for quoted, plain, text in found}


@pytest.fixture
def nobody(client: httpx.AsyncClient) -> httpx.AsyncClient:
    """A browser before anybody signed in."""
    del client.headers["Authorization"]
    return client


class Links(HTMLParser):
    def __init__(self) -> None:
        super().__init__()
        self.found: list[str] = []
        self.inline: list[str] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        told = dict(attrs)
        self.found += [value for name in ("src", "href") if (value := told.get(name))]
        self.inline += [name for name in told if name == "style" or name.startswith("on")]


async def test_is_served_to_a_browser_with_a_strict_policy(nobody: httpx.AsyncClient) -> None:
    """The page, every file of it, kept by the release; nothing inline, nothing from elsewhere."""
    page = await nobody.get("/dashboard")
    assert page.status_code == 200
    assert page.headers["content-type"] == "text/html; charset=utf-8"
    assert page.headers["content-security-policy"] == POLICY
    assert "unsafe" not in POLICY
    assert page.headers["cache-control"] == "no-cache"
    again = await nobody.get("/dashboard", headers={"If-None-Match": page.headers["etag"]})
    assert (again.status_code, again.content) == (304, b"")

    links = Links()
    links.feed(page.text)
    assert links.found
    assert not links.inline
    for link in links.found:
        assert link.startswith(f"/dashboard/static/{build()}/"), link
        answer = await nobody.get(link)
        assert answer.status_code == 200, link
        assert answer.headers["cache-control"].endswith("immutable")
        assert answer.headers["content-security-policy"] == POLICY


async def test_packs_what_is_large_and_serves_nothing_else(nobody: httpx.AsyncClient) -> None:
    vega = f"/dashboard/static/{build()}/vendor/vega.min.js"
    packed = await nobody.get(vega, headers={"Accept-Encoding": "gzip"})
    assert packed.headers["content-encoding"] == "gzip"
    assert packed.headers["vary"] == "Accept-Encoding"
    plain = await nobody.get(vega, headers={"Accept-Encoding": "identity"})
    assert plain.content == packed.content
    assert int(packed.headers["content-length"]) < len(plain.content) / 2
    assert gzip.decompress(assets()["vendor/vega.min.js"].packed) == plain.content

    # a page of the release before still finds its modules, but they are not kept as that release
    old = await nobody.get("/dashboard/static/0123456789abcdef/app.js")
    assert (old.status_code, old.headers["cache-control"]) == (200, "no-cache")
    for name in ("index.html", "vendor/LICENSE.vega", "../catalogue.py", "%2e%2e/catalogue.py"):
        answer = await nobody.get(f"/dashboard/static/{build()}/{name}")
        assert answer.status_code == 404, name


def test_every_text_is_there_in_all_three_languages() -> None:
    """Same keys, same placeholders; every key that the code names is there."""
    books = {language: words(language) for language in LANGUAGES}
    assert len(books["en"]) > 200
    for language in LANGUAGES:
        assert books[language].keys() == books["en"].keys(), language
        # an entry written in another way would be one that nobody compares
        written = sum(len(book.splitlines()) - 4 for book in books_of(language))
        assert len(books[language]) == written
    for key, text in books["en"].items():
        holes = set(re.findall(r"\{\w+\}", text))
        for language in LANGUAGES[1:]:
            assert set(re.findall(r"\{\w+\}", books[language][key])) == holes, (key, language)
    named = {key for text in CODE.values() for key in re.findall(r"\bt\('([\w.]+)'", text)} | {
        f"tile.{key}" for key in re.findall(r"breakdownTile\('(\w+)'", CODE["tiles/index.js"])
    }
    assert named - books["en"].keys() == set()
    families = {key for text in CODE.values() for key in re.findall(r"\bt\(`([\w.]+)\.\$", text)}
    for family in families:
        assert any(key.startswith(f"{family}.") for key in books["en"]), family


def test_every_fact_of_a_figure_has_its_words() -> None:
    """R10: what a fact is, of what, and by which variant is never told by its code."""
    known = words("en")
    measures = [one for metric in CATALOGUE.values() for one in metric.measures.values()]
    parts = {Part(part) for one in measures for part in one.facts}
    assert {f"part.{part.name.lower()}" for part in parts} <= known.keys()
    assert {f"noun.{NOUN_OF[part]}" for part in parts} <= known.keys()
    codes = re.compile(r"\b([a-z_]+):")
    tiles = set(re.findall(r"(?:figureTile|breakdownTile)\('\w+', '(\w+)'", CODE["tiles/index.js"]))
    assert len(tiles) > 25
    for name in {*tiles, "forecast"}:
        metric = CATALOGUE[name]
        told = set(codes.findall(metric.formula["uk"])) & set(metric.variants)
        assert {f"variant.{code}" for code in told} <= known.keys(), name


def test_holds_no_code_from_strings_and_no_other_place() -> None:
    for name, text in OURS.items():
        assert not NEVER.search(text), (name, NEVER.search(text))
    for name, text in CODE.items():
        assert len(text.splitlines()) <= AIMED_LINES, name
        assert text.startswith("// "), f"{name} does not say what it is"


def test_modules_import_what_is_there_and_use_it() -> None:
    for name, text in MODULES.items():
        for what, where in re.findall(r"^import (.+?) from '(.+?)';$", text, re.MULTILINE):
            target = (HOME / name).parent.joinpath(where).resolve()
            assert target.is_file(), f"{name}: {where}"
            rest = text.replace(f"import {what} from '{where}';", "")
            for one in re.sub(r"\* as |[{}]", "", what).split(","):
                offered, _, called = one.strip().partition(" as ")
                used = called or offered
                assert re.search(rf"\b{used}\b", rest), f"{name}: {used} is not used"
                if what.startswith("{"):
                    there = rf"export (async )?(const|let|class|function) {offered}\b"
                    assert re.search(there, target.read_text()), f"{name}: no {one} in {where}"


def test_tiles_ask_for_metrics_that_exist_and_packs_for_tiles_that_exist() -> None:
    """R10: owner, head of sales, seller, marketing, service, production, accounting."""
    index, packs = CODE["tiles/index.js"], CODE["packs.js"]
    asked = re.findall(r"(?:figure|breakdown)Tile\('\w+', '(\w+)'", index)
    assert set(asked) <= CATALOGUE.keys()
    for metric, variant in re.findall(r"Tile\('\w+', '(\w+)', .*variant: '(\w+)'", index):
        assert variant in CATALOGUE[metric].variants
    for metric, by in re.findall(r"breakdownTile\('\w+', '(\w+)', '(\w+)'", index):
        assert by in CATALOGUE[metric].dimensions
    known = set(re.findall(r"Tile\('(\w+)'", index))
    known |= {"effect", "trend", "funnel", "pipeline", "forecast", "attention"}
    named = dict(re.findall(r"^  (\w+): \[(.+)\],$", packs, re.MULTILINE))
    assert set(named) == {
        "owner", "head", "seller", "marketing", "service", "production", "accounting",
    }  # fmt: skip
    for pack, tiles in named.items():
        assert set(re.findall(r"'(\w+)'", tiles)) <= known, pack
    assert named["head"].startswith("'effect'")
    assert named["owner"].startswith("'effect'")


def test_ships_the_notices_of_what_it_bundles() -> None:
    for name in ("vega", "vega-lite", "vega-embed"):
        assert "Redistribution" in (HOME / "vendor" / f"LICENSE.{name}").read_text()
        assert f"vendor/{name}.min.js" in assets()
