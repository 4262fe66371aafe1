"""The document and a page to read it on: plain HTML, nothing from elsewhere, no script."""

import json
from html import escape
from typing import Any

from fastapi import Request, Response

from crm_shared.http.auth import public
from crm_shared.http.routing import service_router

POLICY = "default-src 'none'; style-src 'unsafe-inline'; frame-ancestors 'none'"
STYLE = """
body { font: 15px/1.5 system-ui, sans-serif; margin: 2rem auto; max-width: 60rem; padding: 0 1rem }
summary { cursor: pointer; font-family: ui-monospace, monospace }
details { border-top: 1px solid #ddd; padding: .4rem 0 } b { display: inline-block; width: 4.5rem }
td, th { border-bottom: 1px solid #eee; padding: .1rem .8rem .1rem 0; text-align: left }
pre { background: #f6f6f6; overflow-x: auto; padding: .6rem }
"""


router = service_router(dependencies=[public()])


@router.get("/openapi.json", include_in_schema=False)
async def openapi_document(request: Request) -> Response:
    """Return the OpenAPI 3.1 document."""
    content = json.dumps(request.app.openapi(), ensure_ascii=False)
    return Response(content, media_type="application/json")


@router.get("/docs", include_in_schema=False)
async def docs_page(request: Request) -> Response:
    """Return the document as a page."""
    return Response(
        render(request.app.openapi()),
        media_type="text/html; charset=utf-8",
        headers={"Content-Security-Policy": POLICY},
    )


def render(document: dict[str, Any]) -> str:
    """Return the page of a document."""
    title = escape(document["info"]["title"])
    operations = [
        _operation(path, method, operation)
        for path, methods in document["paths"].items()
        for method, operation in methods.items()
    ]
    schemas = [
        f"<details id='{escape(name)}'><summary>{escape(name)}</summary>{_json(schema)}</details>"
        for name, schema in sorted(document["components"]["schemas"].items())
    ]
    return (
        f"<!doctype html><html lang='en'><meta charset='utf-8'><title>{title}</title>"
        f"<style>{STYLE}</style><h1>{title}</h1>"
        "<p>For client generators: <a href='openapi.json'>openapi.json</a> · "
        "What it announces: <a href='events'>events</a></p>"
        f"<h2>Routes</h2>{''.join(operations)}<h2>Shapes</h2>{''.join(schemas)}</html>"
    )


def _operation(path: str, method: str, operation: dict[str, Any]) -> str:
    body = operation.get("requestBody", {}).get("content", {})
    shapes = "".join(_json(content.get("schema", {})) for content in body.values())
    return (
        f"<details><summary><b>{method.upper()}</b> {escape(path)}</summary>"
        f"<p>{escape(operation.get('description', ''))} <code>{operation['operationId']}</code></p>"
        f"{_parameters(operation.get('parameters', []))}{shapes}"
        f"<table>{''.join(map(_answer, operation['responses'].items()))}</table></details>"
    )


def _parameters(parameters: list[dict[str, Any]]) -> str:
    rows = [
        f"<tr><td><code>{escape(one['name'])}</code></td><td>{one['in']}</td>"
        f"<td>{escape(one.get('description', ''))}</td></tr>"
        for one in parameters
    ]
    return f"<table>{''.join(rows)}</table>" if rows else ""


def _answer(item: tuple[str, dict[str, Any]]) -> str:
    status, answer = item
    names = [
        content.get("schema", {}).get("$ref", "").rpartition("/")[2]
        for content in answer.get("content", {}).values()
    ]
    links = " ".join(f"<a href='#{escape(name)}'>{escape(name)}</a>" for name in names if name)
    return f"<tr><td>{status}</td><td>{escape(answer['description'])}</td><td>{links}</td></tr>"


def _json(schema: dict[str, Any]) -> str:
    return f"<pre>{escape(json.dumps(schema, indent=1, ensure_ascii=False))}</pre>"
