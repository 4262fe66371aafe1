"""What a service publishes: the AsyncAPI document, and a page to read it on."""

import json
from functools import cache
from html import escape
from typing import Any

from fastapi import Request, Response

from crm_shared.events import asyncapi, contracts
from crm_shared.http.auth import public
from crm_shared.http.docs import POLICY, STYLE
from crm_shared.http.routing import service_router

router = service_router(dependencies=[public()])


@cache
def document_of(service: str) -> dict[str, Any]:
    """Return the AsyncAPI document of a service."""
    package = f"crm_{service}"
    return asyncapi.document(package, contracts.published(package), contracts.examples(package))


@router.get("/asyncapi.json", include_in_schema=False)
async def asyncapi_document(request: Request) -> Response:
    """Return the AsyncAPI 3.0 document."""
    content = json.dumps(document_of(request.app.state.settings.service), ensure_ascii=False)
    return Response(content, media_type="application/json")


@router.get("/events", include_in_schema=False)
async def events_page(request: Request) -> Response:
    """Return the document as a page."""
    return Response(
        render(document_of(request.app.state.settings.service)),
        media_type="text/html; charset=utf-8",
        headers={"Content-Security-Policy": POLICY},
    )


def render(document: dict[str, Any]) -> str:
    """Return the page of a document: plain HTML, nothing from elsewhere, no script."""
    title, about = (escape(document["info"][name]) for name in ("title", "description"))
    messages = "".join(map(_message, document["components"]["messages"].values()))
    envelope = _json(document["components"]["schemas"]["envelope"])
    return (
        f"<!doctype html><html lang='en'><meta charset='utf-8'><title>{title}</title>"
        f"<style>{STYLE}</style><h1>{title}</h1><p>{about}</p>"
        "<p>For generators: <a href='asyncapi.json'>asyncapi.json</a></p>"
        f"<h2>Envelope</h2>{envelope}<h2>Events</h2>{messages}</html>"
    )


def _message(message: dict[str, Any]) -> str:
    payload = message["payload"]
    data = payload["allOf"][1]["properties"]["data"]
    return (
        f"<details><summary>{escape(message['name'])}</summary><p>{escape(message['summary'])}</p>"
        f"{_json(message['examples'][0]['payload'])}"
        f"<details><summary>schema</summary>{_json({**data, '$defs': payload['$defs']})}</details>"
        "</details>"
    )


def _json(value: dict[str, Any]) -> str:
    return f"<pre>{escape(json.dumps(value, indent=1, ensure_ascii=False))}</pre>"
