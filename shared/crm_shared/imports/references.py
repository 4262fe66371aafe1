"""Finding what rows refer to: one query for each way of naming in a batch."""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from uuid import UUID

from crm_shared.imports.nouns import Desk, Finder, Names
from crm_shared.imports.plan import Draft, Fault, Wanted

Group = tuple[str, str, str | None, str | None]


async def find_all(
    desk: Desk, finders: Mapping[str, Finder], drafts: Sequence[Draft]
) -> list[tuple[Draft, Wanted]]:
    """Put the ids of records that are found into the drafts; return the references that are not."""
    texts: dict[Group, set[str]] = defaultdict(set)
    for draft in drafts:
        for wanted in draft.wanted:
            texts[_group(wanted)].add(wanted.text)
    found: dict[Group, Mapping[str, UUID]] = {}
    for group, names in texts.items():
        of, by, system, within = group
        query = Names(by, system or desk.system, within, names)
        found[group] = await finders[of].find(desk, query)
    missing = []
    for draft in drafts:
        for wanted in draft.wanted:
            record_id = found[_group(wanted)].get(wanted.text)
            if record_id is None:
                missing.append((draft, wanted))
            else:
                wanted.holder[wanted.key] = record_id
    return missing


def note_missing(missing: Sequence[tuple[Draft, Wanted]]) -> None:
    """Make references that were not found faults of their rows."""
    for draft, wanted in missing:
        detail = f"There is no {wanted.of} with this {wanted.by.replace('_', ' ')}."
        draft.faults.append(Fault(draft.row, wanted.column, "unknown-reference", detail))


def _group(wanted: Wanted) -> Group:
    return wanted.of, wanted.by, wanted.system, wanted.within
