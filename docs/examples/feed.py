"""Every deal as it is, then every change: python feed.py http://127.0.0.1:8000 "$(./crm token)".

Nothing but the standard library. `--once` ends when there is nothing new.
"""

import json
import sys
from typing import Any
from urllib.parse import urlencode
from urllib.request import Request, urlopen


def main(url: str, token: str, *options: str) -> None:
    def get(path: str, **asked: Any) -> Any:
        named = {name: value for name, value in asked.items() if value is not None}
        request = Request(f"{url}{path}?{urlencode(named)}")  # noqa: S310 - our own address
        request.add_header("Authorization", f"Bearer {token}")
        with urlopen(request, timeout=90) as answer:  # noqa: S310
            return json.load(answer)

    # the position first: what changes while the list is read comes again by the events
    position = get("/v1/events/position")["position"]
    known: dict[str, tuple[int, str]] = {}
    cursor = None
    while True:
        page = get("/v1/deals", limit=500, cursor=cursor)
        known |= {deal["id"]: (deal["revision"], deal["outcome"]) for deal in page["items"]}
        cursor = page["next_cursor"]
        if cursor is None:
            break
    sys.stdout.write(f"{len(known)} deals at position {position}\n")
    wait = 0 if "--once" in options else 30
    while True:
        page = get("/v1/events", after=position, types="crm.deals.deal.>", wait=wait)
        for told in page["events"]:
            event = told["event"]
            # at least once, and perhaps what the list had already: the revision tells
            if event["revision"] > known.get(event["subject"], (0, ""))[0]:
                known[event["subject"]] = (event["revision"], event["data"]["deal"]["outcome"])
                sys.stdout.write(f"{event['time']} {event['type']} {event['subject']}\n")
        position = page["next"]  # keep it together with what was done; 410 means: begin anew
        sys.stdout.flush()
        if not page["events"] and not wait:
            break


if __name__ == "__main__":
    main(*sys.argv[1:])
