"""The service's own metadata."""

from sqlalchemy import MetaData
from sqlalchemy.orm import DeclarativeBase

from crm_shared.db.types import NAMING


class Base(DeclarativeBase):
    metadata = MetaData(naming_convention=NAMING)
