"""The dashboard's page and its files. Public: every figure on it is asked for with a token."""

from html import escape
from string import Template

from fastapi import Request, Response

from crm_reporting.dashboard.catalogue import PAGE, Asset, assets, build
from crm_reporting.dashboard.errors import FileNotServedError
from crm_shared.http.auth import public
from crm_shared.http.routing import service_router
from crm_shared.http.session import SettingsDep

POLICY = (
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self'; connect-src 'self'; "
    "form-action 'self'; base-uri 'none'; frame-ancestors 'none'; "
    "require-trusted-types-for 'script'; trusted-types default"
)
FOR_GOOD = "public, max-age=31536000, immutable"
LOOK_AGAIN = "no-cache"
router = service_router(prefix="/dashboard", dependencies=[public()])


@router.get("", include_in_schema=False)
async def get_dashboard(request: Request, settings: SettingsDep) -> Response:
    """Return the page; it names its files by the release, so it alone is asked for again."""
    page = Template(assets()[PAGE].body.decode()).substitute(
        build=build(), zone=escape(settings.time_zone), currency=escape(settings.currency)
    )
    return _sent(request, Asset(assets()[PAGE].media_type, page.encode()), LOOK_AGAIN)


@router.get("/static/{release}/{name:path}", include_in_schema=False)
async def get_dashboard_file(release: str, name: str, request: Request) -> Response:
    """Return a file; a page of an older release gets the present one, not to be kept."""
    asset = assets().get(name)
    if asset is None or name == PAGE:
        raise FileNotServedError
    return _sent(request, asset, FOR_GOOD if release == build() else LOOK_AGAIN)


def _sent(request: Request, asset: Asset, keep: str) -> Response:
    headers = {
        "ETag": f'W/"{asset.tag}"',
        "Cache-Control": keep,
        "Content-Security-Policy": POLICY,
        "Cross-Origin-Opener-Policy": "same-origin",
        "Vary": "Accept-Encoding",
    }
    body = asset.body
    if "gzip" in request.headers.get("accept-encoding", ""):
        body, headers["Content-Encoding"] = asset.packed, "gzip"
    return Response(body, media_type=asset.media_type, headers=headers)
