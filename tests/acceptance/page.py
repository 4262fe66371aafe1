"""`docs/acceptance.md`: what was asked for, and the tests that carry its ID."""

import ast
import re
import tomllib
from collections import defaultdict
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import TypeGuard

ROOT = Path(__file__).parents[2]
PAGE = ROOT / "docs" / "acceptance.md"
LIST = Path(__file__).with_name("list.toml")

DONE, PARTLY, NOT_DONE = "done", "partly", "not done"
ID = r"(?:DOC|[CDTMFSIKEGR])\d+b?"
# an ID opens the name of a class, or the first line of what a file, class or test says of itself
NAMED = re.compile(rf"^Test({ID})(?=[A-Z]|$)")
SAID = re.compile(rf"^({ID}(?:(?:, | and ){ID})*)(?: in \w+)?:")

Tests = dict[str, dict[Path, list[str]]]


@dataclass(frozen=True, slots=True)
class Entry:
    """One thing asked for, and what we say of it."""

    id: str
    title: str
    state: str
    note: str


def entries() -> list[Entry]:
    """Return the whole list, in its order."""
    found = tomllib.loads(LIST.read_text())
    return [
        Entry(id_, given["title"], given.get("state", NOT_DONE), given.get("note", ""))
        for group in found["group"]
        for id_, given in group["ids"].items()
    ]


def test_files() -> Iterator[Path]:
    """Yield every file of tests but those of the page itself."""
    for folder in ("tests", "shared/tests", "deploy", "services"):
        for path in sorted((ROOT / folder).rglob("test_*.py")):
            if path.parent != Path(__file__).parent:
                yield path


def proofs() -> Tests:
    """Return for each ID the files whose tests carry it, with the names of those tests.

    A file that carries an ID in its first line proves it as a whole: it has no names.
    """
    found: Tests = defaultdict(dict)
    for path in test_files():
        tree = ast.parse(path.read_text())
        for id_ in said_in(tree):
            found[id_][path.relative_to(ROOT)] = []
        for node in tree.body:
            if isinstance(node, ast.ClassDef):
                _note_class(found, path.relative_to(ROOT), node)
            elif is_test(node):
                _note(found, path.relative_to(ROOT), node.name, ids_of(node))
    return found


def _note_class(found: Tests, path: Path, node: ast.ClassDef) -> None:
    methods = [one for one in node.body if is_test(one)]
    if not node.name.startswith("Test") or not methods:
        return
    _note(found, path, node.name, ids_of(node))
    for method in methods:
        _note(found, path, f"{node.name}.{method.name}", ids_of(method))


def _note(found: Tests, path: Path, name: str, ids: set[str]) -> None:
    for id_ in ids:
        names = found[id_].get(path)
        if names is None:
            found[id_][path] = [name]
        elif names and name.partition(".")[0] not in names:
            names.append(name)


def is_test(node: ast.stmt) -> TypeGuard[ast.FunctionDef | ast.AsyncFunctionDef]:
    """Tell whether a statement defines a test."""
    return isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef) and node.name.startswith("test")


def ids_of(node: ast.AST) -> set[str]:
    """Return the IDs that a class (by name, too) or test carries."""
    name = NAMED.match(getattr(node, "name", ""))
    return said_in(node) | ({name[1]} if name else set())


def said_in(node: ast.AST) -> set[str]:
    """Return the IDs that the first line of a docstring begins with."""
    said = SAID.match(ast.get_docstring(node) or "")  # type: ignore[arg-type]
    return set(re.findall(ID, said[1])) if said else set()


def page(tests: Mapping[str, Mapping[Path, list[str]]]) -> str:
    """Return the page as it has to be."""
    found = tomllib.loads(LIST.read_text())
    known = entries()
    counts = ", ".join(
        f"{sum(entry.state == state for entry in known)} {state}"
        for state in (DONE, PARTLY, NOT_DONE)
    )
    lines = [
        "# What was asked for, and the tests that show it",
        "",
        *found["intro"].strip().splitlines(),
        "",
        f"Of {len(known)}: {counts}.",
        "",
    ]
    by_id = {entry.id: entry for entry in known}
    for group in found["group"]:
        lines += [f"## {group['title']}", "", "| ID | what | | shown by |", "|---|---|---|---|"]
        lines += [_line(by_id[id_], tests.get(id_, {})) for id_ in group["ids"]]
        lines += ["", *group["after"].strip().splitlines(), ""] if "after" in group else [""]
    return "\n".join(lines).rstrip() + "\n"


def _line(entry: Entry, tests: Mapping[Path, list[str]]) -> str:
    shown = "; ".join(_shown(path, names) for path, names in sorted(tests.items()))
    state = entry.state if not entry.note else f"**{entry.state}**: {entry.note}"
    return f"| {entry.id} | {entry.title} | {state} | {shown} |"


def _shown(path: Path, names: list[str]) -> str:
    told = str(path).replace("services/", "").replace("/tests/", "/").removesuffix(".py")
    link = f"[{told.replace('/test_', '/')}](../{path})"
    return f"{link}: {', '.join(f'`{name}`' for name in names)}" if names else link
