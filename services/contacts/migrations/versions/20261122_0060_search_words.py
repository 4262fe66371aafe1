"""search by whole words, and the words of names that a typo may have meant"""

from collections.abc import Sequence

import sqlalchemy as sa
from alembic import op

revision: str = "20261122_0060"
down_revision: str | None = "20261122_0059"
branch_labels: str | Sequence[str] | None = None
depends_on: str | Sequence[str] | None = None

_TABLES = ("contacts", "companies", "leads")
_WORDS = "regexp_split_to_array(search_text, '[ -]+')"


def upgrade() -> None:
    op.create_table(
        "search_terms",
        sa.Column("term", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("term", name=op.f("pk_search_terms")),
    )
    op.create_index(
        "ix_search_terms_term",
        "search_terms",
        ["term"],
        postgresql_using="gin",
        postgresql_ops={"term": "gin_trgm_ops"},
    )
    for table in _TABLES:
        op.create_index(
            f"ix_{table}_search_words", table, [sa.text(_WORDS)], postgresql_using="gin"
        )
    every = " UNION ALL ".join(f"SELECT {_WORDS} AS words FROM {table}" for table in _TABLES)  # noqa: S608
    op.execute(
        "INSERT INTO search_terms SELECT DISTINCT word "  # noqa: S608 - names of our own
        f"FROM ({every}) AS texts, unnest(texts.words) AS word "
        "WHERE length(word) >= 3 AND word ~ '^[[:alpha:]]+$'"
    )


def downgrade() -> None:
    for table in _TABLES:
        op.drop_index(f"ix_{table}_search_words", table_name=table)
    op.drop_table("search_terms")
