"""The committed contracts are what the code publishes."""

from crm_shared.events import contracts


def test_contracts_are_fresh() -> None:
    assert contracts.write("crm_deals", check=True) == []


def test_every_event_says_what_it_means() -> None:
    assert all(kind.__doc__ for kind in contracts.published("crm_deals"))
