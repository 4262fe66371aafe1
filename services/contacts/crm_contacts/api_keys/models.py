"""API keys: what a program may do here, and who answers for it."""

from datetime import datetime
from uuid import UUID

from sqlalchemy import ARRAY, String, Text, UniqueConstraint, Uuid
from sqlalchemy.orm import Mapped, mapped_column

from crm_contacts.api_keys.errors import ApiKeyRevokedError
from crm_contacts.base import Base
from crm_shared.db.types import Aggregate, UtcDateTime


class ApiKey(Aggregate, Base):
    """A key of a program: a role, confined to scopes; the key itself is kept as a hash only."""

    __tablename__ = "api_keys"
    __table_args__ = (UniqueConstraint("source_system", "external_id"),)

    name: Mapped[str] = mapped_column(String(200))
    hint: Mapped[str] = mapped_column(String(12))
    key_hash: Mapped[str] = mapped_column(String(64), unique=True)
    role: Mapped[str] = mapped_column(String(20))
    team_ids: Mapped[list[UUID]] = mapped_column(ARRAY(Uuid))
    scopes: Mapped[list[str]] = mapped_column(ARRAY(Text))
    rate_limit: Mapped[int]
    maker_id: Mapped[UUID]
    expires_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    revoked_at: Mapped[datetime | None] = mapped_column(UtcDateTime)

    @property
    def is_active(self) -> bool:
        return self.revoked_at is None

    def revoke(self, *, at: datetime) -> None:
        """End the key; there is no way back."""
        if self.revoked_at is not None:
            raise ApiKeyRevokedError
        self.revoked_at = at
