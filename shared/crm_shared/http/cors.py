"""Front ends on other origins: none, unless the operator names them."""

from starlette.middleware.cors import CORSMiddleware
from starlette.types import ASGIApp

from crm_shared.settings import ServiceSettings

MAY_SEND = (
    "Authorization",
    "Content-Type",
    "Idempotency-Key",
    "If-Match",
    "If-None-Match",
    "Traceparent",
)
MAY_READ = (
    "Content-Disposition",
    "ETag",
    "Idempotency-Replayed",
    "Link",
    "Location",
    "RateLimit",
    "RateLimit-Policy",
    "Retry-After",
    "X-Request-Id",
)


def with_cors(app: ASGIApp, settings: ServiceSettings) -> ASGIApp:
    """Let browsers call `app` from the pages of the named origins, with the refresh cookie."""
    if not settings.origin_list:
        return app
    return CORSMiddleware(
        app,
        allow_origins=settings.origin_list,
        allow_methods=("GET", "HEAD", "POST", "PUT", "PATCH", "DELETE"),
        allow_headers=MAY_SEND,
        expose_headers=MAY_READ,
        allow_credentials=True,
        max_age=600,
    )
