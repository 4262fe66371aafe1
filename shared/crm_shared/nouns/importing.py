"""Custom fields as columns of a file become them: `custom.<key>` in a mapping."""

from collections.abc import Awaitable, Callable, Collection, Mapping

from sqlalchemy.ext.asyncio import AsyncSession

from crm_shared.imports.nouns import CUSTOM, DAY, FLAG, MOMENT, NUMBER, TEXT, Field, reference
from crm_shared.nouns.book import FieldBook
from crm_shared.nouns.kinds import Definition, FieldType

_READ: Mapping[FieldType, Field] = {
    FieldType.INTEGER: NUMBER,
    FieldType.DECIMAL: NUMBER,
    FieldType.MONEY: NUMBER,
    FieldType.DATE: DAY,
    FieldType.DATETIME: MOMENT,
    FieldType.BOOLEAN: FLAG,
    FieldType.MULTI_CHOICE: Field(many=True),
}
More = Callable[[AsyncSession], Awaitable[Mapping[str, Field]]]


def custom_fields(book: FieldBook, noun: str, found: Collection[str]) -> More:
    """Return what an import asks for a noun's custom fields; `found` are nouns that have names."""

    async def more(session: AsyncSession) -> Mapping[str, Field]:
        known = await book.known(session, noun)
        return {
            f"{CUSTOM}{key}": _field(definition, found)
            for key, definition in known.items()
            if not definition.is_archived
        }

    return more


def _field(definition: Definition, found: Collection[str]) -> Field:
    if definition.type is FieldType.REFERENCE and definition.of in found:
        return reference(str(definition.of))
    return _READ.get(definition.type, TEXT)
