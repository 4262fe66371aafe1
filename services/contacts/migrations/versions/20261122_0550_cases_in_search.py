"""cases are found by the search: number and subject in one Latin spelling"""

from collections.abc import Sequence

import sqlalchemy as sa
from alembic import op

from crm_contacts.folding.rules import search_text

revision: str = "20261122_0550"
down_revision: str | None = "20261122_0540"
branch_labels: str | Sequence[str] | None = None
depends_on: str | Sequence[str] | None = None

_WORDS = "regexp_split_to_array(search_text, '[ -]+')"
AT_ONCE = 1_000


def upgrade() -> None:
    column = sa.Column("search_text", sa.Text(), server_default=sa.text("''"), nullable=False)
    op.add_column("cases", column)
    _fill()
    op.create_index(
        "ix_cases_search_text",
        "cases",
        ["search_text"],
        postgresql_using="gin",
        postgresql_ops={"search_text": "gin_trgm_ops"},
    )
    op.create_index("ix_cases_search_words", "cases", [sa.text(_WORDS)], postgresql_using="gin")
    op.execute(
        "INSERT INTO search_terms SELECT DISTINCT word "  # noqa: S608 - names of our own
        f"FROM cases, unnest({_WORDS}) AS word "
        "WHERE length(word) >= 3 AND word ~ '^[[:alpha:]]+$' ON CONFLICT DO NOTHING"
    )


def _fill() -> None:
    cases = sa.table(
        "cases", sa.column("id", sa.Uuid()), sa.column("number"), sa.column("subject"),
        sa.column("search_text"),
    )  # fmt: skip
    bound = op.get_bind()
    change = (
        sa.update(cases)
        .where(cases.c.id == sa.bindparam("row_id"))
        .values(search_text=sa.bindparam("text"))
    )
    rows = bound.execute(sa.select(cases.c.id, cases.c.number, cases.c.subject)).all()
    for start in range(0, len(rows), AT_ONCE):
        told = [
            {"row_id": row.id, "text": search_text([str(row.number), row.subject], [], [])}
            for row in rows[start : start + AT_ONCE]
        ]
        bound.execute(change, told)


def downgrade() -> None:
    op.drop_index("ix_cases_search_words", table_name="cases")
    op.drop_index("ix_cases_search_text", table_name="cases")
    op.drop_column("cases", "search_text")
