"""Several API processes on one port: what one tells Prometheus is what all have measured."""

import os
import signal
import subprocess
import sys
from collections.abc import Iterator

import httpx
import pytest
from prometheus_client.parser import text_string_to_metric_families

from crm_shared.embedded.process import end_with_parent
from crm_shared.settings import ServiceSettings
from crm_shared.testing.plugin import token_of
from crm_shared.testing.servers import NO_TLS

PROCESSES, CALLS = 3, 60


@pytest.fixture
def url(settings: ServiceSettings, unused_tcp_port: int) -> Iterator[str]:
    environment = {
        **os.environ,
        "DEALS_DATABASE_URL": settings.database_url,
        "DEALS_PORT": str(unused_tcp_port),
        "CRM_NATS_URL": settings.nats_url,
        "CRM_JWKS": settings.jwks,
        "CRM_LINK_KEY": settings.link_key,
        "CRM_LOG_LEVEL": "warning",
    }
    command = [sys.executable, "-m", "crm_deals", "api", "--processes", str(PROCESSES)]
    preexec = end_with_parent(signal.SIGTERM)
    with subprocess.Popen(command, env=environment, preexec_fn=preexec) as process:  # noqa: PLW1509
        yield f"http://127.0.0.1:{unused_tcp_port}"
        process.terminate()


def ask(url: str, path: str) -> httpx.Response:
    """Ask over a connection of its own, so that any of the processes may answer."""
    transport = httpx.HTTPTransport(verify=NO_TLS)
    headers = {"Authorization": f"Bearer {token_of('admin')}"}
    with httpx.Client(transport=transport, headers=headers, timeout=60) as client:
        return client.get(f"{url}{path}")


def is_up(url: str) -> bool:
    try:
        return ask(url, "/health/ready").status_code == 200
    except httpx.HTTPError:
        return False


def counted(url: str) -> float:
    families = text_string_to_metric_families(ask(url, "/metrics").text)
    return sum(
        sample.value
        for family in families
        for sample in family.samples
        if sample.name == "crm_http_requests_total" and sample.labels["route"] == "/v1/pipelines"
    )


class TestMetrics:
    def test_of_every_process_are_told_by_each(self, url: str) -> None:
        while not is_up(url):
            pass

        codes = {ask(url, "/v1/pipelines").status_code for _ in range(CALLS)}

        assert codes == {200}
        assert {counted(url) for _ in range(4 * PROCESSES)} == {CALLS}
