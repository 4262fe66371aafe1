"""Rows of custom fields' definitions and of saved views."""

from uuid import UUID

from sqlalchemy import ForeignKey, Index, PrimaryKeyConstraint, String, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from crm_deals.base import Base
from crm_shared.nouns.columns import DefinitionColumns, ViewColumns


class CustomField(DefinitionColumns, Base):
    """A field that a company adds to one of its nouns."""

    __tablename__ = "custom_fields"
    __table_args__ = (UniqueConstraint("noun", "key"),)


class SavedView(ViewColumns, Base):
    """Which records of a noun somebody wants to see, and how."""

    __tablename__ = "saved_views"
    __table_args__ = (Index("ix_saved_views_noun_owner_id", "noun", "owner_id"),)


class DefaultView(Base):
    """Which view somebody takes when he names none."""

    __tablename__ = "default_views"
    __table_args__ = (PrimaryKeyConstraint("user_id", "noun"),)

    user_id: Mapped[UUID]
    noun: Mapped[str] = mapped_column(String(40))
    view_id: Mapped[UUID] = mapped_column(ForeignKey("saved_views.id"))
