"""The page at the origin's root: what is where."""

from crm_cli.topology import SERVICES, Service

SECURITY_HEADERS = {
    b"content-security-policy": b"default-src 'none'; style-src 'unsafe-inline'",
    b"x-content-type-options": b"nosniff",
    b"referrer-policy": b"no-referrer",
}
_OWNS = {
    "contacts": "users and sign-in, contacts, companies, tasks, task rules",
    "deals": "pipelines, deals, products, reasons",
    "notifications": "templates, message rules, messages",
    "reporting": "metrics and reports",
}
_STYLE = (
    "body{font:16px/1.5 system-ui,sans-serif;max-width:44rem;margin:3rem auto;padding:0 1rem}"
    "td,th{text-align:left;padding:.3rem 1rem .3rem 0;vertical-align:top}"
    "code{background:#8881;padding:.1rem .3rem}@media(prefers-color-scheme:dark)"
    "{body{background:#111;color:#eee}a{color:#8cf}}"
)


def _row(service: Service) -> str:
    own = f"/-/{service.name}"
    return (
        f"<tr><th>{service.name}</th><td>{_OWNS[service.name]}</td>"
        f'<td><a href="{own}/docs">docs</a> <a href="{own}/openapi.json">openapi</a> '
        f'<a href="{own}/health/ready">health</a></td></tr>'
    )


def _index() -> str:
    rows = "".join(map(_row, SERVICES))
    return (
        '<!doctype html><html lang="en"><meta charset="utf-8"><title>CRM</title>'
        '<meta name="viewport" content="width=device-width">'
        f"<style>{_STYLE}</style><h1>CRM</h1>"
        "<p>Four services behind one address. Sign in with <code>POST /v1/auth/sign-in</code>, or "
        "take an admin's token from <code>./crm token</code>.</p>"
        f"<table>{rows}</table>"
        '<p><a href="/openapi.json">One OpenAPI document of all four</a> · '
        '<a href="/dashboard">Dashboard</a></p></html>\n'
    )


INDEX = _index().encode()
