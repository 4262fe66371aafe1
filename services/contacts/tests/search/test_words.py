"""C17: the words of names: learnt from events, forgotten with the last who bears them."""

from typing import Any

import httpx
import pytest
from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from crm_contacts.consumers import SUBSCRIPTIONS, search
from crm_contacts.search import use_cases
from crm_contacts.search.jobs import forget_unused_words
from crm_contacts.search.models import SearchTerm
from crm_contacts.search.rules import name_words, patterns_of
from crm_contacts.testing import make_company, make_contact, make_lead
from crm_contacts.worker import PARTS
from crm_shared.db.engine import Sessions
from crm_shared.events.envelope import AnyEvent, Envelope
from crm_shared.ids import new_id
from crm_shared.testing.events import envelope_of
from crm_shared.worker import JobContext


class Named(AnyEvent, type="crm.contacts.contact.created.v1"):
    """A record was named."""


def named(kind: str, subject: Any, fact: str = "created", **more: Any) -> Envelope[Any]:
    said = Named.model_validate({kind: {}, "changed": [], "previous": {}})
    given: dict[str, Any] = {
        "type": f"crm.contacts.{kind}.{fact}.v1",
        "source": "/crm/contacts",
    }
    return envelope_of(said, subject=subject, **given, **more)


async def known(session: AsyncSession) -> set[str]:
    return set(await session.scalars(select(SearchTerm.term)))


class TestC17Words:
    async def test_are_learnt_from_events_in_any_order_and_once(
        self, session: AsyncSession
    ) -> None:
        person, firm = make_contact("Косач", first_name="Лариса"), make_company("Зоря 7")
        lead = make_lead(last_name="Франко", first_name="Іван")
        session.add_all([person, firm, lead])
        await session.commit()
        told = [
            named("lead", lead.id, "updated"),
            named("contact", person.id),
            named("company", firm.id, bulk=True),
            named("contact", new_id()),
        ]

        await search.SUBSCRIPTION.handle(session, told)
        await search.SUBSCRIPTION.handle(session, list(reversed(told)))

        assert await known(session) == {"kosach", "larisa", "zoria", "franko", "ivan"}

    async def test_leave_out_what_names_nobody(self, session: AsyncSession) -> None:
        about = [named("task", new_id()), named("contact", new_id(), "deleted")]

        assert await search.those_that_name_somebody(session, about) == []

    def test_hold_neither_addresses_nor_numbers(self) -> None:
        text = "melnik-ivanenko li oleksii ol@ukr.net 380671234567"

        assert name_words([text]) == {"melnik", "ivanenko", "oleksii"}

    async def test_are_forgotten_when_nobody_bears_them(self, session: AsyncSession) -> None:
        one, other = make_contact("Косач"), make_contact("Косач", first_name="Лариса")
        session.add_all([one, other])
        await session.flush()
        await use_cases.learn_names(session, "contact", [one.id, other.id])
        text = other.search_text
        await session.delete(other)
        await session.flush()

        assert await use_cases.forget_names(session, [text]) == 1

        assert await known(session) == {"kosach"}

    @pytest.mark.parametrize("page", [1, 2, 500])
    async def test_that_a_renaming_left_behind_go_by_and_by(
        self, session: AsyncSession, sessions: Sessions, monkeypatch: pytest.MonkeyPatch, page: int
    ) -> None:
        person = make_contact("Косач", first_name="Лариса")
        session.add_all([person, *(SearchTerm(term=word) for word in ("petro", "kosach", "zzz"))])
        await session.commit()
        monkeypatch.setattr("crm_contacts.search.jobs.A_PAGE", page)

        await forget_unused_words(JobContext(sessions, None, None))  # type: ignore[arg-type]

        assert await known(session) == {"kosach"}

    def test_stand_in_the_workers_lists(self) -> None:
        assert search.SUBSCRIPTION in SUBSCRIPTIONS
        assert forget_unused_words in [job.run for job in PARTS.jobs]


class TestC17Search:
    async def test_finds_two_letters_at_the_beginning_of_a_word(
        self, client: httpx.AsyncClient, session: AsyncSession
    ) -> None:
        session.add_all([make_contact("Лі", first_name="Бо"), make_contact("Поліщук")])
        await session.commit()

        answer = await client.get("/v1/search", params={"q": "лі"})

        assert [hit["name"] for hit in answer.json()["items"]] == ["Бо Лі"]

    async def test_finds_leads_by_person_and_organisation(
        self, client: httpx.AsyncClient, session: AsyncSession
    ) -> None:
        lead = make_lead(last_name="Франко", company_name="Каменярі")
        session.add(lead)
        await session.commit()

        for query in ("Франко", "каменяри"):
            answer = await client.get("/v1/search", params={"q": query})
            [hit] = answer.json()["items"]
            assert (hit["kind"], hit["id"]) == ("lead", str(lead.id))

    def test_patterns_take_signs_literally(self) -> None:
        assert patterns_of("a_%") == ["%a\\_\\%%"]
