"""The pictures of the README: taken of the demo company; CRM_WRITE_PICTURES=1 puts them in docs."""

import base64
import os
import re
from pathlib import Path

import browser
import pytest
from browser import Page
from cli.board import AT_REST, FAULTS, board, empty_tiles, person, sign_in, text
from cli.harness import ROOT
from cli.shown import Shown

DRAWN = "[...document.querySelectorAll('.stage')].every(stage => stage.dataset.drawn)"
IMAGES = ROOT / "docs" / "images"
# file: language, width, height, dark, phone
PICTURES = {
    "dashboard": ("en", 1280, 1000, False, False),
    "dashboard-dark-uk": ("uk", 1280, 1000, True, False),
    "dashboard-phone": ("ru", 390, 1400, False, True),
}
# pack: whose it is; the owner's is on the pictures
PACKS = {
    "head": "head",
    "seller": "seller",
    "marketing": "marketing",
    "service": "head",
    "production": "head",
    "accounting": "accountant",
}
# the demo's mailbox brings letters to nobody: no channel tells what became of them
UNTOLD = {"delivered", "clicked"}
# a page that shows nothing makes a picture of a few kilobytes
LEAST_BYTES = 20_000
TWO_LINES = 100
MONTH = re.compile(r"^[^ ]+ 20\d\d$")


@pytest.mark.skipif(browser.found() is None, reason="no Chromium on this machine")
@pytest.mark.skipif(
    not {"CRM_TEST_FULL", "CRM_WRITE_PICTURES"} & os.environ.keys(),
    reason="a demo of its own: with --full, or CRM_WRITE_PICTURES=1",
)
class TestPictures:
    @pytest.mark.parametrize("name", PICTURES)
    def test_show_figures_in_every_tile_of_the_owner(
        self, shown: Shown, name: str, tmp_path: Path
    ) -> None:
        language, width, height, dark, phone = PICTURES[name]
        with Page(tmp_path / "profile") as page:
            page.sized(width, height, dark=dark, phone=phone)
            page.open(f"{shown.url}/dashboard?lang={language}&pack=owner")
            page.until("!!document.querySelector('form [name=email]')")
            sign_in(page, *person(shown, "accountant"))
            page.until(AT_REST)
            page.until(DRAWN)
            assert page.tell(FAULTS) == []
            assert empty_tiles(page) == []
            page.tell("scrollTo(0, 0)")
            taken = page.call("Page.captureScreenshot", format="webp", quality=82)
            assert page.complaints == []
        picture = base64.b64decode(taken["data"])
        assert len(picture) > LEAST_BYTES
        folder = IMAGES if os.environ.get("CRM_WRITE_PICTURES") == "1" else tmp_path
        (folder / f"{name}.webp").write_bytes(picture)

    @pytest.mark.parametrize("pack", PACKS)
    def test_stand_for_packs_that_show_figures_in_every_tile(
        self, shown: Shown, pack: str, tmp_path: Path
    ) -> None:
        with board(shown, PACKS[pack], tmp_path, f"&pack={pack}") as page:
            assert set(empty_tiles(page)) <= UNTOLD

    def test_stand_for_a_page_that_keeps_to_its_lines_and_draws_no_noughts(
        self, shown: Shown, tmp_path: Path
    ) -> None:
        """R10: whoever has the most buttons, by the longest words; a time without sales."""
        with board(shown, "accountant", tmp_path) as page:
            page.sized(1280, 900)
            for language in ("uk", "ru"):
                page.enter("#language", language)
                page.until(f"document.documentElement.lang === '{language}'")
                page.until(AT_REST)
                for part in (".top", ".filters"):
                    height = page.tell(f"document.querySelector('{part}').offsetHeight")
                    assert height < TWO_LINES, (language, part)
                assert MONTH.search(page.tell("document.querySelector('tbody th').textContent"))
            page.open(f"{shown.url}/dashboard?lang=en&period=custom&from=2001-01-01&to=2001-03-01")
            page.until(AT_REST)
            assert "No data in this period" in text(page, "[data-tile=trend]")
            assert page.tell("document.querySelector('[data-tile=trend] svg')") is None
