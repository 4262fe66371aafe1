"""`create`: contacts and deals, one by one, each with everything that goes with it."""

import itertools
import json
from collections.abc import Callable

from crm_cli.bench import deals as made
from crm_cli.bench.bed import CLIENTS, Bed
from crm_cli.bench.client import request
from crm_cli.bench.connections import spread
from crm_cli.bench.figures import Report, Target, of_sample
from crm_cli.bench.load import Call, closed_loop
from crm_cli.bench.people import SELLERS

TARGET = Target(rate=400)


async def measure(bed: Bed) -> Report:
    """Measure both services, each with one client and with many."""
    report = Report("create")
    wanted = (
        ("contacts", "contact, an e-mail and a phone", "/v1/contacts", _contact),
        ("deals", "deal in its first stage", "/v1/deals", _deal),
    )
    for service, name, path, body in wanted:
        calls = _calls(bed, path, body)
        with bed.machine.api(service) as program:
            for clients in (1, CLIENTS):
                async with spread(program, clients) as (connections, _):
                    sample, cores = await bed.quiet_run(
                        lambda: closed_loop(
                            connections,
                            calls,  # noqa: B023
                            seconds=bed.wish.seconds,
                            warm_up=bed.wish.warm_up,
                        )
                    )
                target = TARGET if clients == CLIENTS else None
                figure = of_sample(name, sample, clients=clients, target=target, cores=cores)
                report.figures.append(figure)
    report.notes.append("sellers create for themselves; no worker runs")
    return report


def _calls(bed: Bed, path: str, body: Callable[[int], dict[str, object]]) -> Callable[[int], Call]:
    numbers = itertools.count()

    def next_call(_lane: int) -> Call:
        number = next(numbers)
        seller = bed.people.sellers[number % SELLERS]
        text = json.dumps(body(number)).encode()
        return Call(request("POST", path, token=seller.token, body=text))

    return next_call


def _contact(number: int) -> dict[str, object]:
    return {
        "first_name": "Оксана",
        "last_name": f"Шевченко {number}",
        "emails": [{"value": f"oksana.{number}@example.com"}],
        "phones": [{"value": f"+38050{number % 10_000_000:07}"}],
        "channel": "website",
        "language": "uk",
    }


def _deal(number: int) -> dict[str, object]:
    return {
        "title": f"Chairs for school {number}",
        "contact_id": str(made.contact_id(number)),
        "amount": "12500.00",
        "currency": "UAH",
        "channel": "website",
        "pipeline_id": str(made.PIPELINE),
    }
