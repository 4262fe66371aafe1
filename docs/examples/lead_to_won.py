"""From a lead to a won deal: python lead_to_won.py http://127.0.0.1:8000 "$(./crm token)"."""

import sys
import time
from typing import Any

import httpx

ANY = {"If-Match": "*"}  # whatever revision there is; a form would send the ETag it was shown


def main(url: str, token: str) -> None:
    with httpx.Client(base_url=url, headers={"Authorization": f"Bearer {token}"}) as crm:
        closed = drive(crm)
        sys.stdout.write(f"{closed['title']}: {closed['amount']} {closed['currency']}, won\n")


def drive(crm: httpx.Client) -> dict[str, Any]:
    """Take one lead through, and return the deal it became."""
    lead = call(
        *(crm, "POST", "/v1/leads"),
        first_name="Марія",
        last_name="Приймаченко",
        company_name="Петриківка",
        phones=[{"value": "+380671234567"}],
        source="website",
    )
    call(crm, "POST", f"/v1/leads/{lead['id']}/qualify")
    told = call(crm, "POST", f"/v1/leads/{lead['id']}/convert", amount="1200", currency="UAH")
    deal = arrived(crm, f"/v1/deals/{told['deal_id']}")  # by an event: some milliseconds later
    stages = call(crm, "GET", f"/v1/pipelines/{deal['pipeline_id']}")["stages"]
    won = next(stage for stage in stages if stage["outcome"] == "won")
    call(crm, "PATCH", f"/v1/deals/{deal['id']}", expected_close_date="2030-01-31")
    reasons = call(crm, "GET", "/v1/reasons?outcome=won")["items"]
    why = {"reason_id": reasons[0]["id"]} if reasons else {}
    into = f"/v1/deals/{deal['id']}/stage"
    closed: dict[str, Any] = call(crm, "PUT", into, stage_id=won["id"], **why)
    return closed


def call(client: httpx.Client, verb: str, path: str, **body: Any) -> Any:
    """Ask, and say what the service says when it refuses."""
    answer = client.request(verb, path, json=body or None, headers=ANY)
    if answer.is_error:
        raise SystemExit(f"{verb} {path}: {answer.status_code} {answer.text}")
    return answer.json()


def arrived(client: httpx.Client, path: str) -> dict[str, Any]:
    """Read what an event brings, as soon as it is there."""
    for _ in range(100):
        if client.get(path).is_success:
            break
        time.sleep(0.1)
    found: dict[str, Any] = call(client, "GET", path)
    return found


if __name__ == "__main__":
    main(*sys.argv[1:])
