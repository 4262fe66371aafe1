"""What stands in the way of a message, one thing at a time."""

from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

import pytest
from sqlalchemy.ext.asyncio import AsyncSession

from crm_notifications.channels.rules import Letter
from crm_notifications.channels.senders.mail import as_email
from crm_notifications.consumers.leads import LeadErased, look_again
from crm_notifications.deliveries.rules import Hindrance, Known, compose, full_name
from crm_notifications.deliveries.rules.confirming import confirmation
from crm_notifications.deliveries.rules.links import Links
from crm_notifications.mailings.rules import address_key
from crm_notifications.messages.rules import Step
from crm_notifications.nouns.rules import TELLS
from crm_notifications.templates.rules import ALLOWED, Text
from crm_notifications.testing import make_contact
from crm_shared.clock import utc_now
from crm_shared.events import refs
from crm_shared.events.refs import RefItem
from crm_shared.ids import new_id
from crm_shared.links import read_link
from crm_shared.testing.events import envelope_of

NOW = utc_now()
CONTACT, OWNER, DEAL, TEMPLATE = (new_id() for _ in range(4))
TEXT = Text("{{ deal.title }}", "{{ contact.full_name }}, {{ owner.name }}: {{ deal.amount }}")


def message(**given: Any) -> dict[str, Any]:
    values: dict[str, Any] = {
        "id": new_id(),
        "recipient_kind": "contact",
        "recipient_id": CONTACT,
        "contact_id": CONTACT,
        "owner_id": OWNER,
        "company_id": None,
        "deal_id": DEAL,
        "template_id": TEMPLATE,
        "channel": "email",
        "purpose": "service",
        "reason": None,
        "facts": {"deal": {"amount": "7.5"}},
        "mailing_id": None,
        "resent": 0,
        "happened_at": NOW,
        "created_at": NOW,
        "expires_at": NOW + timedelta(days=1),
    }
    return {**values, **given}


def known(**given: Any) -> Known:
    labels: dict[str, dict[UUID, dict[str, Any]]] = {
        "contact": {CONTACT: make_contact()},
        "user": {OWNER: {"name": "Іван", "email": "ivan@example.com"}},
        "deal": {DEAL: {"title": "Вікна"}},
    }
    values: dict[str, Any] = {
        "labels": {**labels, **given.pop("labels", {})},
        "heads": {},
        "texts": {TEMPLATE: {"uk": TEXT}},
        "languages": ("en",),
        "channels": frozenset({"email"}),
    }
    return Known(**{**values, **given})


def composed(made: Letter | Hindrance) -> Letter:
    assert isinstance(made, Letter), made
    return made


class TestCompose:
    def test_writes_the_letter(self) -> None:
        letter = composed(compose(message(), known(), NOW))

        assert (letter.subject, letter.text) == ("Вікна", "Олена Коваль, Іван: 7.5")
        assert (letter.to_address, letter.language) == ("olena@example.com", "uk")

    @pytest.mark.parametrize(
        ("given", "about", "step", "reason"),
        [
            ({"expires_at": NOW}, {}, Step.EXPIRE, "too-late"),
            ({"expires_at": NOW, "reason": "address-missing"}, {}, Step.EXPIRE, "address-missing"),
            ({}, {"channels": frozenset()}, Step.WAIT, "channel-not-configured"),
            ({}, {"texts": {}}, Step.REFUSE, "template-not-there"),
            ({}, {"labels": {"contact": {}}}, Step.WAIT, "recipient-not-known-yet"),
            ({"recipient_kind": "team"}, {}, Step.WAIT, "team-has-no-head"),
            ({"purpose": "marketing"}, {}, Step.CANCEL, "no-consent"),
            (
                {},
                {"labels": {"contact": {CONTACT: make_contact(email=None)}}},
                Step.WAIT,
                "address-missing",
            ),
            ({}, {"labels": {"deal": {}}}, Step.WAIT, "names-not-known-yet"),
        ],
    )
    def test_says_what_stands_in_the_way(
        self, given: dict[str, Any], about: dict[str, Any], step: Step, reason: str
    ) -> None:
        assert compose(message(**given), known(**about), NOW) == Hindrance(step, reason)

    def test_waits_only_for_names_the_template_speaks_of(self) -> None:
        plain = {TEMPLATE: {"uk": Text("x", "{{ recipient.name }}")}}

        made = compose(message(), known(labels={"deal": {}, "user": {}}, texts=plain), NOW)

        assert composed(made).text == "Олена Коваль"

    def test_shows_the_id_of_a_name_that_does_not_come(self) -> None:
        later: datetime = NOW + timedelta(minutes=2)

        made = compose(message(), known(labels={"deal": {}}), later)

        assert composed(made).subject == str(DEAL)

    def test_shows_the_way_out_of_letters_that_need_consent(self) -> None:
        """S4: a letter that needs consent carries the link that withdraws it."""
        agreed = make_contact(
            consents=[{"channel": "email", "purpose": "marketing", "granted": True, "at": "2026"}]
        )
        text = {TEMPLATE: {"uk": Text("x", "{{ recipient.unsubscribe_url }}")}}
        about = known(
            labels={"contact": {CONTACT: agreed}}, texts=text, links=Links("https://crm", "k" * 32)
        )

        letter = composed(compose(message(purpose="marketing"), about, NOW))

        assert letter.unsubscribe_url is not None
        assert letter.text == letter.unsubscribe_url
        token = letter.unsubscribe_url.rpartition("/")[2].partition("?")[0]
        bound = "consent-withdrawal|email|marketing"
        assert read_link("k" * 32, bound, token, now=NOW) == CONTACT
        assert read_link("k" * 32, "consent-withdrawal|email|survey", token, now=NOW) is None
        # a long link stands there whole: encoded as words no program would follow it
        mail = as_email(letter, "crm@example.org").as_bytes()
        assert f"\r\nList-Unsubscribe: <{letter.unsubscribe_url}>\r\n".encode() in mail
        service = composed(compose(message(), about, NOW))
        assert service.unsubscribe_url is None


class TestM2CameBack:
    LINKS = Links("https://crm", "k" * 32)

    def test_an_address_that_is_none_is_left_alone_until_it_changes(self) -> None:
        rule = new_id()
        dead = {CONTACT: [(rule, address_key("k" * 32, rule, "olena@example.com"))]}
        about = known(links=self.LINKS, dead=dead)
        moved = {"contact": {CONTACT: make_contact(email="new@example.com")}}

        one, of_many = message(), message(mailing_id=new_id())

        assert compose(one, about, NOW) == Hindrance(Step.WAIT, "address-bounced")
        assert compose(of_many, about, NOW) == Hindrance(Step.CANCEL, "address-bounced")
        composed(compose(one, known(links=self.LINKS, dead=dead, labels=moved), NOW))

    def test_a_complaint_is_a_refusal_until_he_agrees_anew(self) -> None:
        def agreed(at: datetime) -> dict[str, Any]:
            said = {"channel": "email", "purpose": "marketing", "granted": True}
            return {"contact": {CONTACT: make_contact(consents=[{**said, "at": at.isoformat()}])}}

        marketing = message(purpose="marketing")
        before, anew = agreed(NOW - timedelta(days=1)), agreed(NOW + timedelta(days=1))
        about = known(complaints={CONTACT: NOW}, labels=before)

        assert compose(marketing, about, NOW) == Hindrance(Step.CANCEL, "complained")
        composed(compose(message(), about, NOW))
        composed(compose(marketing, known(complaints={CONTACT: NOW}, labels=anew), NOW))


class TestFullName:
    def test_takes_what_is_there(self) -> None:
        assert full_name({"first_name": "Олена", "last_name": None}) == "Олена"


class TestS3HiddenFields:
    def test_are_empty_in_letters_to_colleagues_who_may_not_see_them(self) -> None:
        hidden = {"deal": frozenset({"amount"}), "contact": frozenset({"last_name"})}
        to_owner = message(recipient_kind="user", recipient_id=OWNER)

        kept_back = composed(compose(to_owner, known(hidden={OWNER: hidden}), NOW))
        to_client = composed(compose(message(), known(hidden={OWNER: hidden}), NOW))
        to_others = composed(compose(to_owner, known(hidden={}), NOW))

        assert kept_back.text == ", Іван: "
        assert to_client.text == to_others.text == "Олена Коваль, Іван: 7.5"

    def test_every_variable_says_what_it_tells(self) -> None:
        of_policies = {"contact", "company", "deal"}

        unsaid = {one for one in ALLOWED if one.split(".")[0] not in of_policies} - set(TELLS)

        assert unsaid == set()


class TestConfirmation:
    def test_is_written_to_nobody_who_has_confirmed_by_another_link(self) -> None:
        """C3: the mail server was away meanwhile."""
        lead = {"email": "i@example.com", "language": "uk", "awaits_confirmation": False}
        told = known(labels={"lead": {CONTACT: lead}}, links=Links("https://crm.example", "key"))

        assert confirmation(message(), told, NOW) == Hindrance(Step.CANCEL, "confirmed")

        lead["awaits_confirmation"] = True
        assert composed(confirmation(message(), told, NOW)).to_address == "i@example.com"

    async def test_follows_an_address_that_was_mended(self, session: AsyncSession) -> None:
        """C3: what was known is asked for anew, and an answer that was under way comes too late."""
        item = RefItem(id=new_id(), revision=3, data={"email": "typo@example.com"})
        await refs.keep(session, "lead", [item])
        told = [envelope_of(LeadErased(), subject=item.id, revision=one) for one in (3, 4)]

        await look_again(session, told)
        await refs.keep(session, "lead", [item])
        assert await refs.labels(session, "lead", [item.id]) == {}

        mended = RefItem(id=item.id, revision=4, data={"email": "right@example.com"})
        await refs.keep(session, "lead", [mended])
        await look_again(session, told)
        assert await refs.labels(session, "lead", [item.id]) == {item.id: mended.data}
