"""refused arrivals are found by an index; home-spelt numbers of old conversations become E.164"""

import os
from collections.abc import Sequence

import sqlalchemy as sa
from alembic import op
from phonenumbers import (
    NumberParseException,
    PhoneNumberFormat,
    format_number,
    is_possible_number,
    parse,
)

revision: str = "20261122_1610"
down_revision: str | None = "20261122_1501"
branch_labels: str | Sequence[str] | None = None
depends_on: str | Sequence[str] | None = None

SPELT_AT_HOME = sa.text(
    "SELECT id, address FROM conversations WHERE channel IN ('sms', 'viber', 'whatsapp') "
    "AND address ~ '^0[0-9]{6,}$' ORDER BY last_at DESC, id"
)
# where the person has begun anew under the other spelling, both talks stay as they are
REWRITE = sa.text(
    "UPDATE conversations AS c SET address = :number WHERE id = :id AND NOT EXISTS ("
    "SELECT 1 FROM conversations AS o WHERE o.channel = c.channel AND o.address = :number)"
)


def upgrade() -> None:
    op.create_index(
        "ix_arrivals_refused",
        "arrivals",
        ["source_system", "id"],
        postgresql_where=sa.text("arrivals.status = 'refused'"),
    )
    named = (os.environ.get(name) for name in ("NOTIFICATIONS_PHONE_REGION", "CRM_PHONE_REGION"))
    region = next((one for one in named if one), "UA")
    connection = op.get_bind()
    for row in connection.execute(SPELT_AT_HOME).all():
        if (number := at_large(row.address, region)) is not None:
            connection.execute(REWRITE, {"id": row.id, "number": number})


def downgrade() -> None:
    # the earlier release reads E.164 as well
    op.drop_index("ix_arrivals_refused", table_name="arrivals")


def at_large(address: str, region: str) -> str | None:
    """Return a number with its country's code, or None for what is no such number."""
    spelt = f"+{address[2:]}" if address.startswith("00") else address
    try:
        number = parse(spelt, region)
    except NumberParseException:
        return None
    if not is_possible_number(number):
        return None
    return str(format_number(number, PhoneNumberFormat.E164))
