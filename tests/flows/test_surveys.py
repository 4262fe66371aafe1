"""M9, M11, C13, K42: clients hear of what was moved, and say what they think of what was done."""

import re
from collections.abc import AsyncIterator
from datetime import timedelta
from email import message_from_bytes
from email.policy import default
from typing import Any
from urllib.parse import urlsplit

import httpx
import pytest_asyncio
from providers import MailServer, mail_server
from story import Story

from crm_cli import presetting
from crm_notifications import worker
from crm_notifications.channels.rules import Channel
from crm_notifications.channels.senders.smtp import SmtpSender, SmtpServer
from crm_notifications.deliveries.jobs import MessageSender
from crm_notifications.deliveries.rules.links import Links
from crm_shared.clock import utc_now
from crm_shared.embedded.nats import NatsServer
from crm_shared.testing.servers import Databases
from crm_shared.testing.system import System

PACKAGES = ("crm_contacts", "crm_deals", "crm_notifications", "crm_reporting")
ANY = {"If-Match": "*"}
FORM = {"Content-Type": "application/x-www-form-urlencoded"}
CLOSED = "crm.contacts.case.closed.v1"
MOVED = "crm.deals.deal.stage_changed.v1"
CONFIRM = re.compile(r"https?://\S+/v1/leads/confirmations/[^\s<\"]+")
LINK = re.compile(r"https?://\S+/v1/surveys/answers/[^\s<\"]+")


@pytest_asyncio.fixture(scope="module")
async def system(databases: Databases, nats_server: NatsServer) -> AsyncIterator[System]:
    """One system for both stories: they are of different events."""
    async with System(databases, nats_server, PACKAGES) as running:
        yield running


@pytest_asyncio.fixture(scope="module")
async def story(system: System) -> Story:
    told = Story(system)
    await told.prepare()
    return told


@pytest_asyncio.fixture
async def mail(system: System) -> AsyncIterator[MailServer]:
    """Letters of this system go to a mail server that speaks the protocol."""
    notifications, double = system["notifications"], MailServer()
    async with mail_server(double) as url:
        smtp = SmtpSender(SmtpServer.from_url(url), "crm@example.com")
        settings = notifications.settings
        worker._SENDERS[notifications.worker.sessions] = MessageSender(
            notifications.worker.sessions,
            {Channel.EMAIL: smtp},
            languages=("en", "uk"),
            links=Links(settings.base_url, settings.link_key),
        )
        yield double
        await smtp.close()


def survey(kind: str, most: int) -> dict[str, Any]:
    least = int(kind == "csat")
    scale = {"key": "score", "type": "scale", "from": least, "to": most, "required": True}
    return {
        "name": f"After it ({kind})",
        "kind": kind,
        "titles": {"en": f"How was it? {kind}"},
        "thanks": {"en": "Thank you!"},
        "score_key": "score",
        "low_score": most // 2,
        "questions": [{**scale, "texts": {"en": "From least to most"}}],
    }


async def ask_by_rule(story: Story, kind: str, most: int, **rule: Any) -> None:
    """Whoever is told of this is asked by letter."""
    asked = await story.make(story.contacts, "/v1/surveys", **survey(kind, most))
    words = {"subject": f"Your word: {kind}", "text": "Tell us: {{ survey.url }}"}
    template = await story.make(
        story.notifications, "/v1/templates", name=kind, texts={"en": words}
    )
    await story.make(
        story.notifications,
        "/v1/message-rules",
        name=f"Ask: {kind}",
        template_id=template["id"],
        recipient="client",
        survey_id=asked["id"],
        **rule,
    )


def links_in(mail: MailServer) -> dict[str, str]:
    """The link of each letter that asks something, by its subject."""
    found = {}
    for raw in mail.mails:
        letter: Any = message_from_bytes(raw, policy=default)
        text = letter.get_body(("plain",)).get_content()
        if link := LINK.search(text):
            assert letter["To"].addresses[0].addr_spec == "client@example.org"
            found[str(letter["Subject"])] = link[0]
    return found


async def figure(system: System, name: str, **wanted: str) -> Any:
    answer = await system.client("reporting").get(f"/v1/metrics/{name}", params=wanted)
    assert answer.status_code == 200, answer.text
    return answer.json()


async def test_m11_what_clients_say_of_a_case_and_a_deal_stands_in_their_record_and_the_figures(
    system: System, story: Story, mail: MailServer
) -> None:
    await ask_by_rule(story, "csat", 5, event_type=CLOSED)
    won = {"field": "to_stage.outcome", "op": "eq", "value": "won"}
    await ask_by_rule(story, "nps", 10, event_type=MOVED, conditions=won)
    client = str(story.contact)
    whose = {"contact_id": client, "owner_id": str(story.seller)}

    case = await story.make(story.contacts, "/v1/cases", subject="It wobbles", **whose)
    for move in ("solve", "close"):
        moved = await story.contacts.post(f"/v1/cases/{case['id']}/{move}", json={}, headers=ANY)
        assert moved.is_success, moved.text
    deal = await story.move(await story.new_deal(), "Won")
    await system.settle()
    links = links_in(mail)
    assert sorted(links) == ["Your word: csat", "Your word: nps"]

    public = httpx.ASGITransport(app=system["contacts"].app)
    async with httpx.AsyncClient(transport=public, base_url="http://contacts") as visitor:
        for subject, score in (("Your word: csat", 5), ("Your word: nps", 2)):
            path = urlsplit(links[subject]).path
            shown = await visitor.get(path)
            assert "How was it?" in shown.text
            thanks = await visitor.post(path, content=f"score={score}", headers=FORM)
            assert "Thank you!" in thanks.text
        await visitor.post(path, content="score=3", headers=FORM)  # the last word of the day
    await system.settle()

    record = (await story.contacts.get(f"/v1/contacts/{client}/overview")).json()
    scores = {one["scale"]: one for one in record["feedback"]}
    assert {scale: one["score"] for scale, one in scores.items()} == {"csat": 5, "nps": 3}
    assert (scores["csat"]["case_id"], scores["nps"]["deal_id"]) == (case["id"], deal["id"])
    low = {"contact_id": client, "scale": "nps", "score[lte]": "4"}
    listed = (await story.contacts.get("/v1/feedback", params=low)).json()["items"]
    assert [one["id"] for one in listed] == [scores["nps"]["id"]]
    tasks = (await story.contacts.get("/v1/tasks", params={"contact_id": client})).json()["items"]
    [upset] = [one for one in tasks if one["kind"] == "low_score"]
    assert upset["assignee_id"] == str(story.seller)

    asked = await figure(system, "satisfaction", variant="response")
    content = await figure(system, "satisfaction", variant="share")
    assert (asked["numerator"], asked["denominator"]) == ("2", "2")
    assert (content["value"], content["details"]) == ("50.00", {"unhappy": 1})


class Origin:
    """The one origin, as far as the preset needs it: what would be sent, and where."""

    def __init__(self) -> None:
        self.sent: list[tuple[str, Any]] = []

    def post(self, path: str, body: Any) -> Any:
        self.sent.append((path, body))
        return {"created": {}, "reused": []}


async def test_m9_everybody_who_takes_part_hears_that_a_meeting_was_moved_and_called_off(
    system: System, story: Story, mail: MailServer
) -> None:
    origin: Any = Origin()
    preset = presetting.read("meetings")
    presetting.apply(origin, preset, language="uk", label=None, dry_run=False)
    [(route, part)] = origin.sent
    for again in (2, 0):  # a second time finds all of it there
        told = (await story.notifications.post(route, json=part)).json()
        assert sum(told["created"].values()) == 2 * again, told
    guest = await story.make(
        story.contacts,
        "/v1/contacts",
        first_name="Павло",
        language="uk",
        emails=[{"value": "guest@example.org", "is_primary": True}],
    )
    starts = utc_now() + timedelta(days=3)
    meeting = await story.make(
        story.contacts,
        "/v1/activities",
        kind="meeting",
        subject="Where to put the shelves",
        due_at=starts.isoformat(),
        contact_id=str(story.contact),
        contact_ids=[guest["id"]],
        assignee_id=str(story.seller),
    )
    await system.settle()
    assert mail.mails == []

    path = f"/v1/activities/{meeting['id']}"
    later = (starts + timedelta(days=2)).isoformat()
    moved = await story.contacts.post(f"{path}/reschedule", json={"due_at": later}, headers=ANY)
    assert moved.is_success, moved.text
    await system.settle()
    off = await story.contacts.post(f"{path}/cancel", json={}, headers=ANY)
    assert off.is_success, off.text
    await system.settle()

    letters: list[Any] = [message_from_bytes(raw, policy=default) for raw in mail.mails]
    got = [(one["To"].addresses[0].addr_spec, str(one["Subject"])) for one in letters]
    assert sorted(got) == [
        ("client@example.org", "Our meeting is at another time"),
        ("client@example.org", "Our meeting is called off"),
        ("guest@example.org", "Нашу зустріч перенесено"),
        ("guest@example.org", "Нашу зустріч скасовано"),
    ]
    day = f"{starts + timedelta(days=2):%d.%m.%Y}"
    assert day in letters[0].get_body(("plain",)).get_content()
    inbox = system.client("notifications", "seller", user_id=story.seller)
    notices = (await inbox.get("/v1/inbox")).json()["items"]
    assert {one["kind"] for one in notices} >= {"rescheduled", "called_off"}


async def test_c3_a_form_with_double_opt_in_asks_by_letter_and_the_button_confirms(
    system: System, story: Story, mail: MailServer
) -> None:
    """C3: no rule is set up; the letter names nobody, and looking at its link confirms nothing."""
    fields = ["first_name", "email"]
    refused = await story.contacts.post(
        "/v1/leads/forms", json={"name": "No way", "fields": ["phone"], "double_opt_in": True}
    )
    assert (refused.status_code, refused.json()["code"]) == (422, "opt-in-without-email")
    forms = [
        await story.make(
            story.contacts, "/v1/leads/forms", name="F", fields=fields, double_opt_in=is_double
        )
        for is_double in (True, False)
    ]
    visitor = {"first_name": "Buy pills", "email": "visitor@example.org"}
    for form in forms:
        sent = await story.contacts.post(f"/v1/leads/capture/{form['key']}", json=visitor)
        assert sent.status_code == 202
    await system.settle()

    [letter] = [message_from_bytes(raw, policy=default) for raw in mail.mails]
    assert "visitor@example.org" in str(letter["To"])
    said: Any = letter
    text = said.get_body(("plain",)).get_content()
    assert "Buy pills" not in said.as_string()
    [url] = CONFIRM.findall(text)
    link = urlsplit(url).path
    # what is known of the visitor is asked for anew before the next letter, and goes with the lead
    sql = "SELECT count(*) AS n FROM refs WHERE kind = 'lead' AND data::text LIKE '%visitor@%'"
    assert (await system["notifications"].sql(sql))[0]["n"] == 1
    listed = await story.contacts.get("/v1/leads", params={"form_id": forms[0]["id"]})
    [lead] = listed.json()["items"]
    for verb, waits in (("GET", True), ("POST", False), ("POST", False)):
        page = await story.contacts.request(verb, link)
        assert (page.status_code, "<button>" in page.text) == (200, waits)
        now = (await story.contacts.get(f"/v1/leads/{lead['id']}")).json()
        assert (now["awaits_confirmation"], now["confirmed_at"] is None) == (waits, waits)
    assert (await story.contacts.get(f"{link}0")).json()["code"] == "confirmation-refused"

    planned = await story.make(story.contacts, "/v1/erasures", lead_id=lead["id"])
    await story.contacts.post(f"/v1/erasures/{planned['id']}/confirm", headers=ANY)
    await system.settle()
    assert (await system["notifications"].sql(sql))[0]["n"] == 0
