"""The words of names: what a mistyped word may have meant."""

from sqlalchemy import Index, Text
from sqlalchemy.orm import Mapped, mapped_column

from crm_contacts.base import Base


class SearchTerm(Base):
    """A word that stands in some name, folded as names are.

    A million persons have some ten thousand: looking for what is alike here, and for the persons
    by whole words then, takes 5 ms where comparing every person's text took 1 to 10 s.
    """

    __tablename__ = "search_terms"
    __table_args__ = (
        Index(
            "ix_search_terms_term",
            "term",
            postgresql_using="gin",
            postgresql_ops={"term": "gin_trgm_ops"},
        ),
    )

    term: Mapped[str] = mapped_column(Text, primary_key=True)
