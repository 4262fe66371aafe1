"""What companies and persons of the customer base add."""

from collections.abc import Iterator

from crm_reporting.contributions.rules.subjects.life import Life
from crm_reporting.contributions.rules.subjects.told import ClientTold
from crm_reporting.contributions.rules.values import Part, Row


def client_rows(life: Life[ClientTold]) -> Iterator[Row]:
    """Yield in whose care a client was; he is himself the customer, whatever company he is of."""
    if life.is_gone:
        return
    for row in life.stays(Part.CLIENT_STAY, lambda told: told.owner_id is not None):
        yield row._replace(customer=life.id, company=None)
