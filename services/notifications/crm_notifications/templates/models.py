"""Templates: what a message says, in every language."""

from sqlalchemy import String, UniqueConstraint
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.orm import Mapped, mapped_column

from crm_notifications.base import Base
from crm_notifications.templates.rules import Text
from crm_shared.db.types import Aggregate


class Template(Aggregate, Base):
    """A letter with gaps, in one or more languages."""

    __tablename__ = "templates"

    name: Mapped[str] = mapped_column(String(200))
    channel: Mapped[str] = mapped_column(String(32))
    texts: Mapped[dict[str, dict[str, str | None]]] = mapped_column(JSONB)

    __table_args__ = (UniqueConstraint("source_system", "external_id"),)

    def says(self) -> dict[str, Text]:
        """The texts by language."""
        return texts_of(self.texts)


def texts_of(stored: dict[str, dict[str, str | None]]) -> dict[str, Text]:
    """Read texts as they are stored."""
    return {
        language: Text(
            subject=text.get("subject") or "", text=text.get("text") or "", html=text.get("html")
        )
        for language, text in stored.items()
    }
