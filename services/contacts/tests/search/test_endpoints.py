"""The search: both alphabets, typos, numbers, scope."""

from typing import Any

import httpx
import pytest
import pytest_asyncio
from sqlalchemy.ext.asyncio import AsyncSession

from crm_contacts.search.use_cases import learn_names
from crm_contacts.testing import make_company, make_contact
from crm_shared.ids import new_id
from crm_shared.testing.plugin import ClientAs

ME, TEAM = new_id(), new_id()


@pytest_asyncio.fixture(autouse=True)
async def customers(session: AsyncSession) -> None:
    named: list[Any] = [
        make_contact(
            "Шевченко",
            first_name="Тарас",
            emails=[{"value": "taras@kobzar.example.com"}],
            phones=[{"value": "067 123-45-67"}],
            owner_id=ME,
        ),
        make_contact("Shevchenko", first_name="Andriy", team_id=TEAM),
        make_contact("Косач", first_name="Лариса"),
        make_contact("Мельник-Іваненко", first_name="Олексій"),
        make_company("Львівська кав'ярня", city="Львів"),
        make_company("Müller Maschinenbau GmbH", owner_id=ME),
    ]
    session.add_all(named)
    await session.flush()
    for kind in ("contact", "company"):
        await learn_names(session, kind, [one.id for one in named])
    await session.commit()


async def names(client: httpx.AsyncClient, query: str) -> list[str]:
    answer = await client.get("/v1/search", params={"q": query})
    assert answer.status_code == 200, answer.text
    return [one["name"] for one in answer.json()["items"]]


class TestSearch:
    @pytest.mark.parametrize(
        ("query", "expected"),
        [
            ("косач", "Лариса Косач"),
            ("Лариса Косач", "Лариса Косач"),
            ("Косач Лариса", "Лариса Косач"),
            ("kosach", "Лариса Косач"),
            ("Касач", "Лариса Косач"),
            ("Олексий Мельнік", "Олексій Мельник-Іваненко"),
            ("melnyk", "Олексій Мельник-Іваненко"),
            ("muller", "Müller Maschinenbau GmbH"),
            ("Мюллер", "Müller Maschinenbau GmbH"),
            ("кавярня", "Львівська кав'ярня"),
            ("kaviarnia", "Львівська кав'ярня"),
            ("taras@kobzar", "Тарас Шевченко"),
            ("0671234567", "Тарас Шевченко"),
            ("+38 (067) 123-45-67", "Тарас Шевченко"),
            ("123 45 67", "Тарас Шевченко"),
        ],
    )
    async def test_finds(self, client: httpx.AsyncClient, query: str, expected: str) -> None:
        assert (await names(client, query))[:1] == [expected]

    @pytest.mark.parametrize("query", ["Шевченко", "Shevchenko", "шевчнко", "Shevcenko"])
    async def test_finds_one_name_in_both_alphabets_and_with_typos(
        self, client: httpx.AsyncClient, query: str
    ) -> None:
        assert set(await names(client, query)) >= {"Тарас Шевченко", "Andriy Shevchenko"}

    async def test_finds_nothing_where_nothing_is(self, client: httpx.AsyncClient) -> None:
        assert await names(client, "Зеленський") == []

    async def test_shows_a_seller_only_what_is_his(self, client_as: ClientAs) -> None:
        seller = client_as("seller", user_id=ME)

        assert await names(seller, "Шевченко") == ["Тарас Шевченко"]
        assert await names(seller, "muller") == ["Müller Maschinenbau GmbH"]
        assert await names(seller, "косач") == []

    async def test_shows_a_head_what_is_his_teams(self, client_as: ClientAs) -> None:
        head = client_as("head", team_ids=(TEAM,))

        assert await names(head, "Шевченко") == ["Andriy Shevchenko"]

    async def test_takes_signs_of_patterns_literally(self, client: httpx.AsyncClient) -> None:
        assert await names(client, "___") == []

    @pytest.mark.parametrize("query", ["a", "!", "%"])
    async def test_refuses_too_little(self, client: httpx.AsyncClient, query: str) -> None:
        answer = await client.get("/v1/search", params={"q": query})

        assert (answer.status_code, answer.json()["code"]) == (422, "query-too-short")

    async def test_is_not_for_accountants(self, client_as: ClientAs) -> None:
        answer = await client_as("accountant").get("/v1/search?q=косач")

        assert answer.status_code == 403
