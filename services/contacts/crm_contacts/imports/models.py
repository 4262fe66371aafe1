"""The tables of imports."""

from crm_contacts.base import Base
from crm_shared.imports.tables import import_tables

TABLES = import_tables(Base.metadata)
