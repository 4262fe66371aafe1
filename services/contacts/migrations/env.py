"""Alembic asks, the toolbox answers."""

from crm_shared.db.migrations import run

run("crm_contacts")
