"""`search`: persons among many, as people type: whole names, typos, numbers, beginnings."""

import itertools
from collections.abc import Callable, Iterator, Mapping
from datetime import timedelta
from typing import Any
from urllib.parse import quote
from uuid import UUID

from crm_cli.bench import deals as made
from crm_cli.bench import rows
from crm_cli.bench.bed import CLIENTS, Bed
from crm_cli.bench.client import request
from crm_cli.bench.connections import spread
from crm_cli.bench.figures import Figure, Report, Target, of_sample
from crm_cli.bench.load import Call, closed_loop
from crm_cli.bench.machine import Program
from crm_cli.bench.people import People, Person, made_id

AT_MOST = Target(p95=50)
_CONTACTS_PER_DEAL, _LARGE = 1, 10
_PERSON = 9


def _words(text: str) -> list[str]:
    return text.split()


_FIRST = _words(
    """
    olena natalia tetiana irina oksana svitlana galina liudmila mariia anna iuliia viktoriia olga
    katerina nadiia oleksandr sergii volodimir andrii mikola ivan iurii vasil viktor mikhailo
    anatolii igor dmitro petro oleg roman bogdan taras maksim john peter laura thomas
    """
)
_ROOTS = _words(
    """
    koval shevch bond meln tkach krav olii lis polishch savch rudn moroz march pavl gonch kuzm
    vovk boik levch panch sid iurch grits iar tim stets dats khom kost fedor nikol dan bab chern
    bil sir zelen kos kriv dovg malish velich zolot sribn vishn kalin topol verb dub osik
    """
)
_MIDDLES = ["", *_words("en ich in ov an ar ur il ul et el om er ish ash")]
_ENDS = _words("ko uk iuk skii enko chuk ovets ets ik ak inskii iv ova eva chenko shchenko")
_SURNAMES = [root + middle + end for root in _ROOTS for middle in _MIDDLES for end in _ENDS]
_TERMS = "INSERT INTO search_terms SELECT unnest($1::text[]) ON CONFLICT DO NOTHING"
# What a person types, of somebody who is there.
_TYPED: Mapping[str, Callable[[str, str, int], str]] = {
    "name and surname": lambda first, last, number: f"{first} {last}",
    "surname": lambda first, last, number: last,
    "surname with a typo": lambda first, last, number: last[:3] + last[4:],
    "first name": lambda first, last, number: first,
    "beginning of a surname": lambda first, last, number: last[:5],
    "last digits of a number": lambda first, last, number: f"{number:07}",
    "e-mail address": lambda first, last, number: f"{first}.{number}@example.com",
    "beginning of an address": lambda first, last, number: f"{first}.{number}@",
}


async def measure(bed: Bed) -> Report:
    """Fill contacts, then search by every way of typing and as every kind of person."""
    count = bed.wish.deals * (_LARGE if bed.wish.large else _CONTACTS_PER_DEAL)
    report = Report("search")
    bed.say(f"bench: {count:,} contacts")
    await fill(bed, count)
    seller, head, admin = bed.people.sellers[0], bed.people.head_of(0), bed.people.admin
    with bed.machine.api("contacts") as service:
        for name in _TYPED:
            report.figures.append(
                await _run(bed, service, f"{name}, all", _calls([admin], count, [name]), 1)
            )
        for name, one in (("everything, all", admin), ("a team", head), ("a seller", seller)):
            report.figures.append(await _run(bed, service, name, _calls([one], count), 1))
        mixed = _calls([seller, seller, head, admin], count)
        report.figures.append(await _run(bed, service, "everything, mixed", mixed, CLIENTS))
    report.notes.append(f"{count:,} contacts, {len(_SURNAMES):,} surnames, the commonest first")
    return report


def _named(number: int) -> tuple[str, str]:
    # some names are borne by thousands and some by few, as with people
    spread_ = number * 2_654_435_761 % 2**32 / 2**32
    last = _SURNAMES[int(len(_SURNAMES) * spread_**3)]
    return _FIRST[int(len(_FIRST) * (number * 40_503 % 65_536 / 65_536) ** 2)], last


def _contact_rows(people: People, count: int) -> Iterator[dict[str, Any]]:
    for number in range(count):
        first, last = _named(number)
        owner = people.sellers[number % len(people.sellers)]
        email, phone = f"{first}.{number}@example.com", f"38050{number:07}"
        at = made.TODAY - timedelta(seconds=number)
        yield {
            "id": person_id(number),
            "revision": 1,
            "created_at": at,
            "updated_at": at,
            "first_name": first.capitalize(),
            "last_name": last.capitalize(),
            "owner_id": owner.actor.id,
            "team_id": owner.team_id,
            "emails": "[]",
            "phones": "[]",
            "email_keys": [email],
            "phone_keys": [f"+{phone}"],
            "do_not_call": False,
            "consents": "[]",
            "tags": [],
            "search_text": f"{last} {first} {email} {phone}",
        }


def person_id(number: int) -> UUID:
    """Return the id of one of them."""
    return made_id(_PERSON, number)


async def fill(bed: Bed, count: int) -> None:
    """Write so many contacts, unless another part has."""
    async with bed.database("contacts") as connection:
        if await connection.fetchval("SELECT EXISTS (SELECT FROM contacts)"):
            return
        await rows.copy(connection, "contacts", _contact_rows(bed.people, count))
        await connection.execute(_TERMS, sorted({*_FIRST, *_SURNAMES}))
        await connection.execute("VACUUM ANALYZE", timeout=600)


def _calls(people: list[Person], count: int, ways: list[str] | None = None) -> Iterator[Call]:
    steps = itertools.count(1)
    typed = itertools.cycle(ways or list(_TYPED))
    for person in itertools.cycle(people):
        number = next(steps) * 7_919 % count
        first, last = _named(number)
        words = _TYPED[next(typed)](first, last, number)
        yield Call(request("GET", f"/v1/search?q={quote(words)}", token=person.token))


async def _run(
    bed: Bed, service: Program, name: str, calls: Iterator[Call], clients: int
) -> Figure:
    async with spread(service, clients) as (connections, _):
        sample, cores = await bed.quiet_run(
            lambda: closed_loop(
                connections,
                lambda _: next(calls),
                seconds=bed.wish.seconds,
                warm_up=bed.wish.warm_up,
            )
        )
    target = AT_MOST if clients == 1 else None
    return of_sample(name, sample, clients=clients, target=target, cores=cores)
