"""What Alembic runs."""

from crm_shared.db.migrations import run

run("crm_deals")
