"""I11, I1: a TypeScript client made from the merged OpenAPI document compiles."""

import os
import shutil
import subprocess
import tempfile
from pathlib import Path

import pytest

DOCUMENT = Path(__file__).parents[2] / "deploy" / "caddy" / "site" / "openapi.json"
# made once on a machine: fetching takes longer than all the rest
TOOLS = Path(tempfile.gettempdir()) / "crm-typescript-1"
WANTED = ("openapi-typescript@7", "typescript@5")
QUICKLY = ("--no-audit", "--no-fund", "--fetch-retries=0", "--fetch-timeout=10000")
CLIENT = """
import type { paths } from "./client";

type Json<T> = T extends { content: { "application/json": infer Body } } ? Body : never;
type Lead = Json<NonNullable<paths["/v1/leads"]["post"]["requestBody"]>>;
type Deal = Json<paths["/v1/deals/{deal_id}"]["get"]["responses"][200]>;

export const lead: Lead = { last_name: "Приймаченко", source: "website" };
export function told(deal: Deal): string {
  return `${deal.title}: ${deal.amount} ${deal.currency}, ${deal.stage_label}`;
}
// @ts-expect-error: a lead has no such field, and the client knows
export const wrong: Lead = { last_name: "Приймаченко", shoe_size: 43 };
"""


def why_not() -> str | None:
    """Return why it cannot be tried here; None when it can."""
    npm = shutil.which("npm")
    if npm is None:
        return "there is no npm"
    if (TOOLS / "node_modules" / ".bin" / "tsc").exists():
        return None
    if "CRM_TEST_FULL" not in os.environ:
        return "its tools are not here yet: `./crm test --full` fetches them"
    TOOLS.mkdir(exist_ok=True)
    try:
        got = subprocess.run(
            [npm, "install", *QUICKLY, *WANTED],
            cwd=TOOLS,
            capture_output=True,
            timeout=60,
            check=False,
        )
    except subprocess.TimeoutExpired:
        return "npm does not get its packages within a minute"
    return None if got.returncode == 0 else "npm has no registry"


def test_compiles(tmp_path: Path) -> None:
    if reason := why_not():
        pytest.skip(reason)
    (tmp_path / "use.ts").write_text(CLIENT)

    made = run("openapi-typescript", str(DOCUMENT), "-o", "client.ts", NO_DEFAULTS, at=tmp_path)
    checked = run("tsc", *STRICT, "use.ts", at=tmp_path)

    assert made.returncode == 0, made.stdout + made.stderr
    assert checked.returncode == 0, checked.stdout


# what has a default need not be sent
NO_DEFAULTS = "--default-non-nullable=false"
STRICT = ("--noEmit", "--strict", "--target", "es2022", "--module", "nodenext")


def run(tool: str, *arguments: str, at: Path) -> "subprocess.CompletedProcess[str]":
    program = TOOLS / "node_modules" / ".bin" / tool
    return subprocess.run(
        [str(program), *arguments],
        cwd=at,
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )
