"""Which service answers which path."""

import pytest

from crm_cli.topology import ports, route


class TestRoute:
    @pytest.mark.parametrize(
        ("path", "service"),
        [
            ("/v1/deals", "deals"),
            ("/v1/deals/1/stage", "deals"),
            ("/v1/contacts/batch", "contacts"),
            ("/v1/contact-imports", "contacts"),
            ("/.well-known/jwks.json", "contacts"),
            ("/v1/stream", "notifications"),
            ("/v1/metrics/sales_volume", "reporting"),
            ("/dashboard", "reporting"),
        ],
    )
    def test_goes_by_the_first_segments(self, path: str, service: str) -> None:
        found = route(path)
        assert found is not None
        assert (found.service.name, found.path) == (service, path)

    @pytest.mark.parametrize(
        "path", ["/", "/v1", "/v1/", "/v1/dealss", "/v2/deals", "/-/nobody/docs", "/openapi.json"]
    )
    def test_leaves_the_rest_to_the_origin(self, path: str) -> None:
        assert route(path) is None

    def test_reaches_a_services_own_pages(self) -> None:
        found = route("/-/deals/health/ready")
        assert found is not None
        assert (found.service.name, found.path) == ("deals", "/health/ready")

    def test_keeps_metrics_inside(self) -> None:
        assert route("/-/deals/metrics") is None


class TestPorts:
    def test_names_every_listener_once(self) -> None:
        assert sorted(ports(8000)) == [8000, 8001, 8002, 8003, 8004, 8022, 8101, 8102, 8103, 8104]
