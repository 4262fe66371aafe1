"""Columns of nouns that have custom fields and tags, and of the definitions and views."""

from collections.abc import Mapping
from typing import Any
from uuid import UUID

from sqlalchemy import ARRAY, Index, String, Text, text
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.orm import Mapped, mapped_column

from crm_shared.db.types import Aggregate
from crm_shared.nouns.kinds import Definition, FieldType, Option

CUSTOM_COLUMNS = frozenset({"custom_fields", "personal_fields"})
NO_TAGS = "'{}'::text[]"


class Customised:
    """The two columns of custom fields: what events tell, and what is personal and stays here."""

    custom_fields: Mapped[dict[str, Any]] = mapped_column(
        JSONB, default=dict, server_default=text("'{}'::jsonb")
    )
    personal_fields: Mapped[dict[str, Any]] = mapped_column(
        JSONB, default=dict, server_default=text("'{}'::jsonb")
    )

    def put_custom(self, values: Mapping[str, Any]) -> None:
        """Take the columns that `FieldBook.settled` made; what a caller sent is not taken."""
        if "custom_fields" in values:
            # told and personal are parted already, or nothing is written
            told, kept = values["custom_fields"], values["personal_fields"]
            self.custom_fields, self.personal_fields = told, kept

    @property
    def all_fields(self) -> dict[str, Any]:
        """Every custom field of the record, for those who may see it."""
        return {**self.custom_fields, **self.personal_fields}


class Tagged:
    """The column of tags: labels that the company sorts its records by."""

    tags: Mapped[list[str]] = mapped_column(ARRAY(Text), default=list, server_default=text(NO_TAGS))


def custom_indexes(table: str) -> tuple[Index, Index]:
    """Return the indexes of both columns; a record without custom fields costs them nothing."""
    return (
        Index(
            f"ix_{table}_custom_fields",
            "custom_fields",
            postgresql_using="gin",
            postgresql_ops={"custom_fields": "jsonb_path_ops"},
            postgresql_where=text("custom_fields <> '{}'::jsonb"),
        ),
        Index(
            f"ix_{table}_personal_fields",
            "personal_fields",
            postgresql_using="gin",
            postgresql_ops={"personal_fields": "jsonb_path_ops"},
            postgresql_where=text("personal_fields <> '{}'::jsonb"),
        ),
    )


def tag_index(table: str) -> Index:
    """Return the index of tags; a record without tags costs it nothing."""
    return Index(
        f"ix_{table}_tags",
        "tags",
        postgresql_using="gin",
        postgresql_where=text(f"tags <> {NO_TAGS}"),
    )


class DefinitionColumns(Aggregate):
    """A custom field's definition; a deleted one is archived."""

    noun: Mapped[str] = mapped_column(String(40))
    key: Mapped[str] = mapped_column(String(40))
    type: Mapped[str] = mapped_column(String(20))
    of: Mapped[str | None] = mapped_column(String(20))
    labels: Mapped[dict[str, str]] = mapped_column(JSONB)
    options: Mapped[list[dict[str, Any]]] = mapped_column(JSONB)
    default: Mapped[Any] = mapped_column(JSONB(none_as_null=True), nullable=True)
    currency: Mapped[str | None] = mapped_column(String(3))
    position: Mapped[int]
    is_required: Mapped[bool]
    is_unique: Mapped[bool]
    is_personal: Mapped[bool]
    is_indexed: Mapped[bool]

    @property
    def is_archived(self) -> bool:
        """Whether it can be filled no more."""
        return self.deleted_at is not None

    def as_known(self) -> Definition:
        """Return it as a process keeps it."""
        return Definition(
            key=self.key,
            type=FieldType(self.type),
            labels=self.labels,
            of=self.of,
            is_required=self.is_required,
            is_unique=self.is_unique,
            is_personal=self.is_personal,
            is_indexed=self.is_indexed,
            is_archived=self.is_archived,
            default=self.default,
            currency=self.currency,
            options=tuple(Option(**one) for one in self.options),
        )


class ViewColumns(Aggregate):
    """A saved view: which records somebody wants to see, which columns, in which order."""

    noun: Mapped[str] = mapped_column(String(40))
    name: Mapped[str] = mapped_column(String(200))
    owner_id: Mapped[UUID]
    sharing: Mapped[str] = mapped_column(String(10))
    team_id: Mapped[UUID | None]
    filter: Mapped[dict[str, Any] | None] = mapped_column(JSONB(none_as_null=True))
    columns: Mapped[list[str]] = mapped_column(ARRAY(Text))
    sort: Mapped[str | None] = mapped_column(String(200))
