"""`views`: all that is known of a customer, a product or a manager, in one call each (C17)."""

import itertools
from collections.abc import Iterator

from crm_cli.bench import deals as made
from crm_cli.bench import rows
from crm_cli.bench.bed import Bed
from crm_cli.bench.client import request
from crm_cli.bench.connections import spread
from crm_cli.bench.figures import Figure, Report, Target, of_sample
from crm_cli.bench.load import Call, closed_loop
from crm_cli.bench.machine import Program
from crm_cli.bench.parts import search
from crm_cli.bench.people import Person

AT_MOST = Target(p95=2000)


async def measure(bed: Bed) -> Report:
    """Ask for each of the three views, in both services, as somebody who may see everything."""
    report, people = Report("views"), bed.people
    await search.fill(bed, bed.wish.deals)
    await _fill(bed)
    admin, sellers = people.admin, [one.actor.id for one in people.sellers]
    with bed.machine.api("contacts") as service:
        clients = [f"/v1/contacts/{search.person_id(n)}/overview" for n in range(0, 1000, 7)]
        managers = [f"/v1/users/{one}/overview" for one in sellers]
        report.figures += [
            await _run(bed, service, "customer: contacts", admin, clients),
            await _run(bed, service, "manager: contacts", admin, managers),
        ]
    with bed.machine.api("deals") as service:
        clients = [f"/v1/deals/overview?contact_id={made.contact_id(n)}" for n in range(100)]
        managers = [f"/v1/deals/overview?owner_id={one}" for one in sellers]
        products = [f"/v1/products/{one}/overview" for one in made.products()]
        report.figures += [
            await _run(bed, service, "customer: deals", admin, clients),
            await _run(bed, service, "manager: deals", admin, managers),
            await _run(bed, service, "product", admin, products),
        ]
    report.notes.append("a view is the parts that its `elsewhere` names, over the one origin")
    return report


async def _fill(bed: Bed) -> None:
    now = made.TODAY
    row = {"revision": 1, "created_at": now, "updated_at": now, "is_active": True}
    async with bed.database("deals") as connection:
        priced = {**row, "label": "Chair", "currency": "UAH", "suggestions": "[]"}
        await rows.copy(connection, "products", [{**priced, "id": one} for one in made.products()])
    async with bed.database("contacts") as connection:
        named = {**row, "name": "Seller", "role": "seller", "language": "en"}
        people = bed.people.sellers
        await rows.copy(
            connection,
            "users",
            [{**named, "id": one.actor.id, "team_ids": [one.team_id]} for one in people],
        )


def _calls(person: Person, paths: list[str]) -> Iterator[Call]:
    return itertools.cycle(Call(request("GET", path, token=person.token)) for path in paths)


async def _run(bed: Bed, service: Program, name: str, person: Person, paths: list[str]) -> Figure:
    calls = _calls(person, paths)
    async with spread(service, 1) as (connections, _):
        sample, cores = await bed.quiet_run(
            lambda: closed_loop(
                connections,
                lambda _: next(calls),
                seconds=bed.wish.seconds,
                warm_up=bed.wish.warm_up,
            )
        )
    return of_sample(name, sample, clients=1, target=AT_MOST, cores=cores)
