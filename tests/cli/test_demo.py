"""The real services under the tool: the demo's story, kills, poison, what others hear."""

import asyncio
import json
import os
import re
import shutil
import subprocess
import sys
from collections.abc import Iterator
from decimal import Decimal
from pathlib import Path
from urllib.parse import urlsplit

import browser
import httpx
import pytest
from browser import Page
from cli.board import (
    AT_REST,
    FAULTS,
    OPEN,
    board,
    brought,
    client_of,
    days_of,
    empty_tiles,
    figure,
    give_file,
    hidden_tiles,
    own_metric,
    person,
    sign_in,
    text,
    unmeasured,
    until_value,
    value,
    win,
    wrong_workbook,
)
from cli.harness import ROOT
from cli.shop import a_shop, waiting_talks
from cli.shown import (
    MOVED,
    READER,
    Shown,
    eventually,
    is_ready,
    letter,
    letters,
    move,
    new_deal,
    poison,
    refuse,
    report_letter,
    seconds_until_ready,
    service,
    tasks,
)
from pace import Pace

from crm_cli.environment import service_environment
from crm_cli.topology import SERVICES

BACK_WITHIN_S, FIGURE_WITHIN_MS = 3.0, 5000


class TestDemo:
    def test_shows_what_each_of_the_three_did(self, shown: Shown) -> None:
        """R3: a figure is there within five seconds of the event."""
        seen = {each["service"]: each["milliseconds"] for each in shown.told["reactions"]}
        assert sorted(seen) == ["contacts", "notifications", "reporting"]
        assert seen["reporting"] < FIGURE_WITHIN_MS

    def test_loses_nothing_while_one_of_them_is_away(self, shown: Shown) -> None:
        away = [each["away"] for each in shown.told["absences"]]
        assert away == ["contacts", "notifications", "reporting"]
        assert all(len(each["others"]) == 2 for each in shown.told["absences"])

    def test_gives_every_role_a_sign_in_that_works(self, shown: Shown) -> None:
        people = shown.told["sign_ins"]
        roles = {one["role"] for one in people}
        assert roles == {"head", "seller", "marketing", "accountant", "viewer"}
        for one in people:
            body = {"email": one["email"], "password": one["password"]}
            answer = httpx.post(f"{shown.url}/v1/auth/sign-in", json=body, trust_env=False)
            assert answer.status_code == 200, answer.text

    def test_leaves_no_dead_letters_and_nobody_behind(self, shown: Shown) -> None:
        assert set(shown.left) == {"contacts", "deals", "notifications", "reporting"}
        for seen in shown.left.values():
            assert (seen["dead_letters"], seen["outbox"]["pending"]) == (0, 0)
            assert [each["pending"] for each in seen["consumers"]].count(0) >= 3

    def test_sends_letters_that_can_be_read(self, shown: Shown) -> None:
        with shown.client() as api:
            letters = api.get("/v1/channels/mailbox/messages").json()
        assert "example.com" in json.dumps(letters)

    def test_loads_the_company_once(self, shown: Shown) -> None:
        again = shown.crm("demo", "--json")
        assert again.returncode == 0, again.stderr
        assert "deals with" not in again.stderr


@pytest.mark.skipif(browser.found() is None, reason="no Chromium on this machine")
class TestDashboard:
    """R10: the page in a real browser, on the demo company, beside what the API says."""

    def test_shows_a_head_of_sales_what_the_api_says_and_follows_it(
        self, shown: Shown, tmp_path: Path
    ) -> None:
        with client_of(shown, "head") as api, board(shown, "head", tmp_path) as page:
            days = days_of(page)
            for tile, metric in (
                ("sales", "sales_volume"),
                ("won", "won_deals"),
                ("win_rate", "win_rate"),
                ("average", "average_deal_sum"),
            ):
                assert value(page, tile) == figure(api, metric, **days)["value"], tile
            # counted anew from time to time, which the page looks for
            eventually(lambda: text(page, ".tile:first-child .sentence") == brought(api), 120)
            page.until("document.querySelectorAll('.stage[data-drawn] svg').length >= 2")
            assert page.tell(FAULTS) == []
            assert empty_tiles(page) == []

            seller = next(
                one["id"]
                for one in api.get("/v1/users", params={"limit": 50}).json()["items"]
                if one["role"] == "seller" and one["team_ids"]
            )
            page.enter("#filter-owner", seller)
            assert f"owner={seller}" in page.tell("location.search")
            until_value(
                page, "sales", figure(api, "sales_volume", **days, owner_id=seller)["value"]
            )
            page.tell("history.back()")
            page.until("!location.search.includes('owner')")

            page.until(AT_REST)
            page.press("[data-tile=won] .more")
            page.until(OPEN)
            assert "show=won" in page.tell("location.search")
            won = figure(api, "won_deals", **days)
            rows = page.tell("document.querySelectorAll('dialog tbody tr').length")
            assert str(rows) == won["value"]
            page.key("Escape")
            page.until("!document.querySelector('dialog') && !location.search.includes('show')")

            win(shown, api)
            until_value(page, "won", str(int(won["value"]) + 1))

            page.enter("#language", "uk")
            page.until("document.documentElement.lang === 'uk'")
            page.until(AT_REST)
            assert text(page, "[data-tile=effect] h2") == "Що приносить CRM"
            assert "lang=uk" in page.tell("location.search")
            light = page.tell("getComputedStyle(document.body).backgroundColor")
            page.enter("#theme", "dark")
            page.until(f"getComputedStyle(document.body).backgroundColor !== {json.dumps(light)}")
            page.sized(390, 844, phone=True)
            page.until("innerWidth === 390")
            assert page.tell("document.documentElement.scrollWidth") == 390

            page.press("#sign-out")
            page.until("!!document.querySelector('form [name=email]')")
            assert page.tell("sessionStorage.getItem('crm.session')") is None
            assert page.complaints == []
            assert [url for url in page.asked if not url.startswith(shown.url)] == []

    def test_tells_everybody_his_own_and_says_what_is_amiss(
        self, shown: Shown, tmp_path: Path
    ) -> None:
        moves = own_metric(shown)
        with board(shown, "seller", tmp_path / "seller", "&pack=head") as page:
            assert hidden_tiles(page) == ["effect"]
            # what one may not see is not asked for: nothing is refused, and nothing complains
            assert page.complaints == []
            with client_of(shown, "seller") as api:
                assert value(page, "own-moves") == figure(api, moves, **days_of(page))["value"]
            page.press(".foot summary")
            assert text(page, ".foot li") == "What the CRM brings: your role may not read this"
            assert page.tell("document.querySelector('#open-workbook')") is None
            page.call("Network.setBlockedURLs", urls=["*/v1/metrics/win_rate*"])
            page.enter("#filter-period", "last_30")
            page.until("document.querySelector('[data-tile=win_rate]').matches('.stale')")
            assert value(page, "sales") is not None
            page.tell("sessionStorage.clear()")
            page.call("Network.clearBrowserCookies")
            page.open(f"{shown.url}/dashboard?lang=en")
            page.until("!!document.querySelector('form [name=email]')")
            sign_in(page, person(shown, "seller")[0], "a wrong password")
            page.until("document.querySelector('.fault').innerText.includes('wrong')")

        wrong = wrong_workbook(shown, tmp_path)
        with board(shown, "accountant", tmp_path / "books") as page:
            page.press("#open-workbook")
            give_file(page, "#workbook-file", wrong)
            page.press("#workbook-upload")
            page.until("!!document.querySelector('dialog .fault')")
            assert "Baseline" in text(page, "dialog table")
            assert page.tell("document.querySelectorAll('dialog tbody tr').length") == 1
            page.press("dialog .close")
            self.sets_up_the_effect(shown, page)

    def sets_up_the_effect(self, shown: Shown, page: browser.Page) -> None:
        with client_of(shown, "accountant") as api:
            assert unmeasured(api) == []
            before = api.get("/v1/effect/setup").json()
            page.press("#open-setup")
            page.until("!!document.querySelector('#setup-save')")
            assert page.tell("document.forms.setup.starts_on.value") == before["starts_on"]
            page.enter("#setup [name=margin]", "31")
            page.enter("#setup [name='E14.argument']", "")
            page.press("#setup-save")
            page.until("!!document.querySelector('dialog .fault')")
            # a weight without its argument is no weight: nothing was taken
            assert "E14" in text(page, "dialog .fault")
            assert api.get("/v1/effect/setup").json() == before
            page.enter("#setup [name='E14.argument']", before["weights"]["E14"]["argument"])
            page.press("#setup-save")
            page.until("!!document.querySelector('dialog .done')")
            now = api.get("/v1/effect/setup").json()
        assert Decimal(now["margin"]) == 31
        assert (now["weights"], now["declared"]) == (before["weights"], before["declared"])


class TestReportByLetter:
    """R1: a schedule becomes an event, a letter with a link, and the page behind it."""

    def test_comes_to_the_head_and_opens_without_signing_in(self, shown: Shown) -> None:
        reader = person(shown, "head")[0]
        with shown.client() as api:
            letter = eventually(lambda: report_letter(api, reader), within=180)
        link = re.search(r"https?://\S+/v1/reports/sent/\S+", letter["text"])
        assert link is not None
        where = urlsplit(link[0])
        page = httpx.get(f"{shown.url}{where.path}", trust_env=False, timeout=60)
        assert (page.status_code, page.headers["content-type"]) == (200, "text/html; charset=utf-8")
        assert letter["subject"] in page.text
        assert "<table" in page.text
        forged = httpx.get(f"{shown.url}{where.path[:-2]}AA", trust_env=False, timeout=20)
        assert forged.status_code == 404


@pytest.mark.skipif(browser.found() is None, reason="no Chromium on this machine")
class TestWebChat:
    """M4: a visitor of a shop's page in a real browser, and a colleague by the real API."""

    def test_is_answered_by_a_colleague_and_finds_the_talk_again_after_a_reload(
        self, shown: Shown, tmp_path: Path
    ) -> None:
        said = "document.getElementById('said').innerText"
        with a_shop(shown) as (shop, api), Page(tmp_path, languages="uk") as page:
            page.sized(1200, 800)
            page.open(shop)
            page.until("document.querySelector('button')?.textContent === 'Чат'")
            page.press("button")
            page.inside("/v1/web-chats/frames/")
            page.until("document.querySelector('#who')?.hidden === false")
            page.tell("document.querySelector('[name=consent]').checked = true")
            page.enter("[name=name]", "Зозуля")
            page.enter("[name=email]", "zozulia@example.org")
            page.enter("[name=text]", "Чи є стілець дубовий?")
            page.tell("document.getElementById('write').requestSubmit()")
            page.until(f"{said}.includes('Чи є стілець') && !document.querySelector('.waiting')")

            [talk] = eventually(lambda: waiting_talks(api))
            answer = {"text": "Є, привеземо завтра."}
            told = api.post(f"/v1/conversations/{talk['id']}/answers", json=answer)
            assert told.status_code == 201, told.text
            page.until(f"{said}.includes('привеземо завтра')")
            page.shot(tmp_path / "chat.png")

            page.inside("")
            page.open(shop)
            page.until("document.querySelector('button')?.textContent === 'Чат'")
            page.press("button")
            page.inside("/v1/web-chats/frames/")
            page.until(f"globalThis.document && {said}.includes('привеземо завтра')")
            assert page.tell("document.getElementById('who').hidden")
            page.enter("[name=text]", "Дякую!")
            page.tell("document.getElementById('write').requestSubmit()")
            [again] = eventually(lambda: waiting_talks(api))
            assert again["id"] == talk["id"]
            assert page.complaints == []
            assert [url for url in page.asked if not url.startswith((shown.url, shop))] == []


class TestExample:
    """C3, D1, I1, I11: the script in docs/examples takes a lead to a won deal by the public API."""

    def test_drives_a_lead_to_a_won_deal(self, shown: Shown) -> None:
        script = ROOT / "docs" / "examples" / "lead_to_won.py"
        token = shown.crm("token").stdout.strip()

        done = subprocess.run(
            [sys.executable, str(script), shown.url, token],
            capture_output=True,
            text=True,
            timeout=60,
            check=False,
        )

        assert (done.returncode, done.stderr) == (0, "")
        assert done.stdout.endswith("1200.00 UAH, won\n"), done.stdout
        assert len(script.read_text().splitlines()) <= 60


class TestFeedExample:
    """I1, I11: other systems load the deals as they are and follow what changes."""

    @pytest.mark.parametrize("command", [[sys.executable, "feed.py"], ["node", "feed.mjs"]])
    def test_loads_a_snapshot_and_reads_on(self, shown: Shown, command: list[str]) -> None:
        if shutil.which(command[0]) is None:
            pytest.skip(f"{command[0]} is not installed here")
        token = shown.crm("token").stdout.strip()
        headers = {"Authorization": f"Bearer {token}"}
        deals = httpx.get(
            f"{shown.url}/v1/deals?total=true", headers=headers, trust_env=False
        ).json()["total"]

        done = subprocess.run(
            [*command, shown.url, token, "--once"],
            cwd=ROOT / "docs" / "examples",
            env={**os.environ, "NO_PROXY": "*", "no_proxy": "*"},
            capture_output=True,
            text=True,
            timeout=60,
            check=False,
        )

        assert (done.returncode, done.stderr) == (0, "")
        assert done.stdout.startswith(f"{deals} deals at position "), done.stdout


class TestSupervisor:
    def test_brings_a_killed_service_back_within_three_seconds(self, shown: Shown) -> None:
        pace = asyncio.run(Pace.measured())
        killed = service(shown.pid, "deals")
        os.kill(killed.pid, 9)
        killed.wait(5)
        took = seconds_until_ready(f"{shown.url}/-/deals/health/ready")
        pace = asyncio.run(Pace.measured(pace))
        print(f"back after {took:.2f} s; its modules load in {pace.loading_s:.2f} s")  # noqa: T201
        assert took < pace.bound(BACK_WITHIN_S)
        assert service(shown.pid, "deals").pid != killed.pid

    def test_gives_no_service_anothers_secrets(self, shown: Shown) -> None:
        settings = shown.state.settings()
        [deals] = [one for one in SERVICES if one.name == "deals"]
        given = service_environment(
            deals, base=1, database_url="d", nats_url="n", settings=settings
        )
        assert given["DEALS_DATABASE_URL"] == "d"
        others = ("CONTACTS_", "REPORTING_", "NATS_", "CRM_OPERATOR")
        assert not [name for name in given if name.startswith(others)]
        # what `ps` shows of a service is what the tool was started with: no secret at all
        secrets = {value for value in settings.values() if len(value) > len("a short word")}
        assert secrets
        assert not secrets & set(service(shown.pid, "deals").environ().values())


class TestRebuild:
    def test_counts_anew_and_says_when_it_is_done(self, shown: Shown) -> None:
        assert json.loads(shown.crm("rebuild", "--json").stdout)["state"] == "done"


@pytest.fixture
def no_letters(shown: Shown) -> Iterator[None]:
    yield
    for name in ("contacts", "deals", "notifications", "reporting"):
        assert shown.crm("dead-letters", "drop", name, "all").returncode == 0


@pytest.mark.usefixtures("no_letters")
class TestPoison:
    def test_is_listed_shown_tried_again_and_dropped(self, shown: Shown) -> None:
        asyncio.run(poison(shown))
        found = eventually(lambda: letters(shown, "contacts"))
        mine = next(each for each in found if each["durable"] == READER)
        assert (mine["type"], mine["reason"]) == (MOVED, "id: missing")

        table = shown.crm("dead-letters", "list").stdout
        assert all(word in table for word in (mine["id"], READER, mine["first_at"], "id: missing"))
        assert "Shevchenko" not in table
        assert letter(shown, mine["id"])["payload"] == '{"data": "Taras Shevchenko"}'

        tried = shown.crm("dead-letters", "retry", "contacts", mine["id"], "--json")
        assert (tried.returncode, json.loads(tried.stdout)) == (0, {"retry": 1})
        eventually(lambda: letter(shown, mine["id"])["attempts"] > mine["attempts"])
        assert letter(shown, mine["id"])["state"] == "open"

        why = ("--reason", "a broken release")
        dropped = shown.crm("dead-letters", "drop", "contacts", mine["id"], *why)
        assert (dropped.returncode, dropped.stdout) == (0, "drop: 1\n")
        seen = letter(shown, mine["id"])
        assert (seen["state"], seen["note"]) == ("done", "a broken release")
        assert mine["id"] not in {each["id"] for each in letters(shown, "contacts")}

        again = shown.crm("dead-letters", "retry", "contacts", mine["id"])
        assert again.returncode == 1
        assert "settled" in again.stderr

    def test_is_settled_all_at_once(self, shown: Shown) -> None:
        asyncio.run(poison(shown))
        count = len(eventually(lambda: letters(shown, "reporting")))
        dropped = shown.crm("dead-letters", "drop", "reporting", "all", "--json")
        assert json.loads(dropped.stdout) == {"drop": count}
        assert letters(shown, "reporting") == []

    @pytest.mark.parametrize("which", ["no-id", "01920000-0000-7000-8000-000000000001"])
    def test_that_is_not_there_is_said_to_be_missing(self, shown: Shown, which: str) -> None:
        for verb in ("show", "retry", "drop"):
            refused = shown.crm("dead-letters", verb, "contacts", which)
            assert refused.returncode == 1
            assert "Traceback" not in refused.stderr


@pytest.mark.usefixtures("no_letters")
class TestRetry:
    def test_does_what_was_left_undone_and_only_once(self, shown: Shown) -> None:
        deal, into = new_deal(shown)
        process = service(shown.pid, "contacts")
        shown.state.hold("contacts")
        try:
            # Its worker reads until the last moment: what it still takes is no letter.
            process.wait(60)
            move(shown, deal, into)
            asyncio.run(refuse(shown))
        finally:
            shown.state.release_all()
        eventually(lambda: is_ready(shown, "contacts"))
        [mine] = eventually(lambda: letters(shown, "contacts"))
        assert (mine["durable"], mine["reason"]) == (READER, "delivered too often")
        assert tasks(shown, deal) == []

        for _twice in range(2):
            shown.crm("dead-letters", "retry", "contacts", mine["id"])
            eventually(lambda: not letters(shown, "contacts"))
        assert len(tasks(shown, deal)) == 1


class TestTail:
    def tail(self, shown: Shown, *more: str) -> "subprocess.Popen[str]":
        """Start to listen; returns once it does."""
        environ = {**os.environ, "CRM_STATE_DIR": str(shown.state.folder)}
        started = subprocess.Popen(
            [sys.executable, "-P", "-m", "crm_cli", "events", "tail", *more, "--json"],
            env=environ,
            cwd=ROOT,
            text=True,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
        )
        assert started.stderr is not None
        assert "listening" in started.stderr.readline()
        return started

    def test_tells_what_comes_and_nothing_older_to_everyone_who_listens(self, shown: Shown) -> None:
        deal, into = new_deal(shown)
        own = (MOVED, "--count", "1")
        with self.tail(shown, *own) as one, self.tail(shown, *own) as other:
            move(shown, deal, into)
            for each in (one, other):
                told, _ = each.communicate(timeout=60)
                [event] = [json.loads(line) for line in told.splitlines()]
                assert (event["type"], event["subject"]) == (MOVED, deal["id"])

    @pytest.mark.parametrize("start", [("--from-start",), ("--since", "2026-01-01")])
    def test_tells_what_was_there_before(self, shown: Shown, start: tuple[str, ...]) -> None:
        done = shown.crm("events", "tail", "crm.deals.deal.>", *start, "--count", "3", "--json")
        events = [json.loads(line) for line in done.stdout.splitlines()]
        assert len(events) == 3
        assert all(event["type"].startswith("crm.deals.deal.") for event in events)

    def test_begins_with_what_was_recorded_since(self, shown: Shown) -> None:
        deal, into = new_deal(shown)
        since = deal["created_at"].replace("Z", "").partition("+")[0]
        told = shown.crm("events", "tail", "--since", since, "--count", "1", "--json").stdout
        assert json.loads(told)["recordedtime"] >= since
        move(shown, deal, into)

    @pytest.mark.parametrize(
        ("asked", "told"),
        [
            (("deals.>",), "crm.deals.>"),
            (("crm.sales.>",), "crm.deals.>"),
            (("--from-start", "--since", "2026-01-01"), "choose one"),
        ],
    )
    def test_refuses_what_can_never_be_heard(
        self, shown: Shown, asked: tuple[str, ...], told: str
    ) -> None:
        refused = shown.crm("events", "tail", *asked)
        assert refused.returncode == 1
        assert told in refused.stderr
