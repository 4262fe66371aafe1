"""What is committed under contracts/ is what events.py and examples.py say."""

from crm_shared.events import contracts


class TestContracts:
    def test_are_fresh(self) -> None:
        assert contracts.write("crm_notifications", check=True) == []
