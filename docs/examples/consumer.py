"""Keeps every event once: python consumer.py "$(the line ./crm nats-user add NAME printed)".

The events stand in events.sqlite; `--once` ends when there is nothing new.
"""

import asyncio
import json
import sqlite3
import sys
from urllib.parse import urlsplit

import nats

SUBJECT = "crm.deals.>"


async def main(url: str, *options: str) -> None:
    name, stream = urlsplit(url).username, f"CRM_{SUBJECT.split('.')[1].upper()}"
    kept = sqlite3.connect("events.sqlite")
    kept.execute("CREATE TABLE IF NOT EXISTS events (id TEXT PRIMARY KEY, event TEXT)")
    client = await nats.connect(url, inbox_prefix=f"_INBOX_{name}")
    # the broker keeps our place under this name, from the oldest event on
    events = await client.jetstream().pull_subscribe(SUBJECT, durable=name, stream=stream)
    while True:
        try:
            batch = await events.fetch(100, timeout=1 if "--once" in options else 30)
        except TimeoutError:
            if "--once" in options:
                break
            continue
        with kept:  # one transaction: what comes twice, and it may, has one id and is kept once
            rows = [(json.loads(each.data)["id"], each.data.decode()) for each in batch]
            kept.executemany("INSERT OR IGNORE INTO events VALUES (?, ?)", rows)
        for each in batch:
            await each.ack()  # only now: what was not acknowledged comes again
    await client.close()


asyncio.run(main(*sys.argv[1:]))
