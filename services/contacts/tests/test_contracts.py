"""The committed contracts are what the code says."""

from crm_contacts.consumers import SUBSCRIPTIONS
from crm_shared.events import contracts


def test_no_contract_is_stale() -> None:
    assert contracts.write("crm_contacts", check=True) == []


def test_every_durable_has_one_name() -> None:
    durables = [subscription.durable for subscription in SUBSCRIPTIONS]

    assert len(set(durables)) == len(durables)
