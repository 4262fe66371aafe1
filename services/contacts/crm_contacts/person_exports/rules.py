"""The file that is handed out: one JSON, or the same with a CSV for every noun."""

import csv
import io
import json
import zipfile
from collections.abc import Mapping, Sequence
from typing import Any

from crm_shared.exports.formulas import harmless

Parts = Mapping[str, Mapping[str, Sequence[Mapping[str, Any]]]]


def as_json(parts: Parts) -> bytes:
    """Return everything, by service and noun."""
    return json.dumps(parts, ensure_ascii=False, indent=1).encode()


def as_zip(parts: Parts) -> bytes:
    """Return the same as one JSON and a table for every noun, packed."""
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("person.json", as_json(parts))
        for service in sorted(parts):
            for noun, rows in sorted(parts[service].items()):
                if rows:
                    archive.writestr(f"{service}/{noun}.csv", as_csv(rows))
    return packed.getvalue()


def as_csv(rows: Sequence[Mapping[str, Any]]) -> str:
    """Return rows as a table that a spreadsheet opens without running anything."""
    columns = sorted({name for row in rows for name in row})
    table = io.StringIO()
    writer = csv.writer(table)
    writer.writerow(columns)
    writer.writerows([_cell(row.get(name)) for name in columns] for row in rows)
    return "\ufeff" + table.getvalue()


def _cell(value: Any) -> str:
    if value is None:
        return ""
    said = json.dumps(value, ensure_ascii=False) if isinstance(value, dict | list) else str(value)
    return harmless(said)
