"""The four services as the outside sees them: a program, a port, the paths they answer."""

from dataclasses import dataclass

DEFAULT_PORT_BASE = 8000
WORKER_PORT_OFFSET = 100
NATS_PORT_OFFSET = 22


@dataclass(frozen=True, slots=True)
class Service:
    """A service's name, its place after the origin's port, and its first path segments."""

    name: str
    offset: int
    nouns: tuple[str, ...]

    @property
    def program(self) -> str:
        return f"crm_{self.name}"

    @property
    def prefix(self) -> str:
        """What its environment variables begin with."""
        return self.name.upper()

    def port(self, base: int) -> int:
        return base + self.offset

    def worker_port(self, base: int) -> int:
        return self.port(base) + WORKER_PORT_OFFSET


def _nouns(text: str) -> tuple[str, ...]:
    return tuple(text.split())


CONTACTS = Service(
    "contacts",
    1,
    _nouns(
        "v1/auth v1/me v1/users v1/teams v1/api-keys v1/workspace v1/audit v1/contacts "
        "v1/companies v1/leads v1/campaigns v1/activities v1/calls v1/tasks v1/notes "
        "v1/task-rules v1/scripts v1/segments v1/cases v1/feedback v1/search "
        "v1/timeline v1/contact-imports v1/client-rules v1/assignment-rules v1/call-lists "
        "v1/call-list-entries v1/case-queues v1/calendars v1/erasures v1/person-exports "
        "v1/hand-overs v1/next-actions v1/surveys .well-known"
    ),
)
DEALS = Service(
    "deals",
    2,
    _nouns(
        "v1/pipelines v1/stages v1/deals v1/deal-rules v1/approvals v1/reasons v1/products "
        "v1/price-lists v1/invoices v1/payments v1/claims v1/competitors v1/deal-imports "
        "v1/product-wishes"
    ),
)
NOTIFICATIONS = Service(
    "notifications",
    3,
    _nouns(
        "v1/templates v1/message-rules v1/messages v1/mailings v1/channels v1/inbox "
        "v1/webhooks v1/stream v1/events v1/inbound v1/conversations v1/web-chats"
    ),
)
REPORTING = Service(
    "reporting",
    4,
    _nouns(
        "v1/metrics v1/reports v1/plans v1/baselines v1/costs v1/rates v1/investments "
        "v1/workforce v1/pay-rules v1/scenarios v1/effect v1/alarms v1/custom-metrics dashboard"
    ),
)
SERVICES = (CONTACTS, DEALS, NOTIFICATIONS, REPORTING)
BY_NAME = {service.name: service for service in SERVICES}
_BY_NOUN = {noun: service for service in SERVICES for noun in service.nouns}
_OWN_PAGES = "/-/"


@dataclass(frozen=True, slots=True)
class Route:
    """Where a request goes, and under which path there."""

    service: Service
    path: str
    prefix: str = ""


def route(path: str) -> Route | None:
    """Return the service that answers `path` at the origin, or None for the origin itself."""
    if path.startswith(_OWN_PAGES):
        name, _, rest = path.removeprefix(_OWN_PAGES).partition("/")
        service = BY_NAME.get(name)
        # Metrics are for whoever watches from inside.
        if service is None or rest == "metrics":
            return None
        return Route(service, f"/{rest}", f"{_OWN_PAGES}{name}")
    first, _, rest = path.lstrip("/").partition("/")
    noun = f"v1/{rest.partition('/')[0]}" if first == "v1" else first
    owner = _BY_NOUN.get(noun)
    return Route(owner, path) if owner else None


def ports(base: int) -> dict[int, str]:
    """Return every port an embedded system listens on, with what listens there."""
    taken = {base: "the origin", base + NATS_PORT_OFFSET: "NATS"}
    for service in SERVICES:
        taken[service.port(base)] = service.name
        taken[service.worker_port(base)] = f"{service.name}'s health page"
    return taken
