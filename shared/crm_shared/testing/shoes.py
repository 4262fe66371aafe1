"""Shoes: the rows, events and fields of the shop on which the toolbox's HTTP is tried."""

from datetime import date, datetime
from decimal import Decimal
from enum import StrEnum
from uuid import UUID

from sqlalchemy import ARRAY, MetaData, String, Text, UniqueConstraint
from sqlalchemy.orm import DeclarativeBase, Mapped, mapped_column

from crm_shared.actor import Permission, Role, Scope
from crm_shared.db.types import NAMING, Aggregate, Money, UtcDateTime
from crm_shared.events.envelope import Event
from crm_shared.filters import Field, Fields
from crm_shared.http.pagination import listing
from crm_shared.settings import ServiceSettings, service_config

HEAD = "20260101_0000"
READ = Permission(
    "shoes:read", {Role.ADMIN: Scope.ALL, Role.HEAD: Scope.TEAM, Role.SELLER: Scope.OWN}
)
WRITE = Permission("shoes:write", {Role.ADMIN: Scope.ALL, Role.SELLER: Scope.OWN})


class Settings(ServiceSettings):
    """The shop's settings."""

    model_config = service_config("shop")


class Base(DeclarativeBase):
    metadata = MetaData(naming_convention=NAMING)


class Kind(StrEnum):
    BOOT = "boot"
    SANDAL = "sandal"


class Shoe(Aggregate, Base):
    __tablename__ = "shoes"
    __table_args__ = (UniqueConstraint("source_system", "external_id"),)

    title: Mapped[str] = mapped_column(String(50))
    kind: Mapped[str] = mapped_column(Text, default=Kind.BOOT)
    price: Mapped[Decimal | None] = mapped_column(Money)
    size: Mapped[int | None]
    in_stock: Mapped[bool | None]
    made_on: Mapped[date | None]
    seen_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    tags: Mapped[list[str] | None] = mapped_column(ARRAY(Text))
    owner_id: Mapped[UUID]
    team_id: Mapped[UUID | None]


class ShoeEvent(Event):
    title_length: int


class ShoeCreated(ShoeEvent, type="crm.shop.shoe.created.v1"):
    """A shoe came in."""


class ShoeUpdated(ShoeEvent, type="crm.shop.shoe.updated.v1"):
    """A shoe is different now."""


FIELDS = Fields(
    {
        "id": Field(UUID, Shoe.id),
        "title": Field(str, Shoe.title),
        "kind": Field(Kind, Shoe.kind),
        "price": Field(Decimal, Shoe.price),
        "size": Field(int, Shoe.size),
        "in_stock": Field(bool, Shoe.in_stock),
        "made_on": Field(date, Shoe.made_on),
        "seen_at": Field(datetime, Shoe.seen_at),
        "created_at": Field(datetime, Shoe.created_at),
        "tags": Field(list[str], Shoe.tags),
        "owner_id": Field(UUID, Shoe.owner_id),
    }
)
SHOES = listing(
    FIELDS, sort=("created_at", "price", "size", "title", "made_on"), default="-created_at"
)
