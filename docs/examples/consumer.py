"""Prints every event: python consumer.py "$(the line that ./crm nats-user add NAME printed)"."""

import asyncio
import json
import sys
from urllib.parse import urlsplit

import nats


async def main(url: str, subject: str = "crm.deals.>") -> None:
    name, stream = urlsplit(url).username, f"CRM_{subject.split('.')[1].upper()}"
    client = await nats.connect(url, inbox_prefix=f"_INBOX_{name}")
    events = await client.jetstream().pull_subscribe(subject, durable=name, stream=stream)
    while True:
        try:
            batch = await events.fetch(100, timeout=30)
        except TimeoutError:
            continue
        for message in batch:
            event = json.loads(message.data)
            sys.stdout.write(
                f"{event['time']} {event['type']} {event['subject']} {event['data']}\n"
            )
            await message.ack()  # only now: what was not acknowledged comes again
        sys.stdout.flush()


asyncio.run(main(*sys.argv[1:]))
