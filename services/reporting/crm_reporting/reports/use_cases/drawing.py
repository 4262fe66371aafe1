"""Draws pictures in a process of its own: short-lived, limited in time, without a network.

The library holds a browser's engine: some 200 MB and a second of start, which no API process is
to carry. Everything that a picture shows stands in its specification.
"""

import asyncio
import base64
import json
import resource
import sys
from collections.abc import Mapping, Sequence
from typing import Any, Literal

from crm_reporting.reports.errors import PictureFailedError

WITHIN_S = 60.0
MOST_CPU_S = 30
MOST_AT_ONCE = 2
PNG_SCALE = 2.0
VEGA_LITE = "6.1"
_room = asyncio.Semaphore(MOST_AT_ONCE)


async def draw(
    specs: Sequence[Mapping[str, Any]],
    kind: Literal["svg", "png"],
    locale: Mapping[str, Any],
    *,
    within_s: float = WITHIN_S,
) -> list[bytes]:
    """Return the pictures, all by one process; raises PictureFailedError."""
    if not specs:
        return []
    body = json.dumps({"specs": list(specs), "kind": kind, "locale": dict(locale)}).encode()
    try:
        async with asyncio.timeout(within_s), _room:
            told = await _run(body)
    except TimeoutError:
        raise PictureFailedError from None
    return [base64.b64decode(one) for one in json.loads(told)]


async def _run(body: bytes) -> bytes:
    process = await asyncio.create_subprocess_exec(
        sys.executable, "-m", __name__,
        stdin=asyncio.subprocess.PIPE, stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.DEVNULL,
    )  # fmt: skip
    try:
        out, _nothing = await process.communicate(body)
    finally:
        if process.returncode is None:
            process.kill()
            await process.wait()
    if process.returncode:
        raise PictureFailedError
    return out


def _main() -> None:
    # only here: whoever asks for pictures must not carry the engine
    import vl_convert  # noqa: PLC0415

    resource.setrlimit(resource.RLIMIT_CPU, (MOST_CPU_S, MOST_CPU_S))
    asked = json.loads(sys.stdin.buffer.read())
    told = []
    for spec in asked["specs"]:
        shared = {
            "vl_version": VEGA_LITE, "allowed_base_urls": [], "format_locale": asked["locale"],
        }  # fmt: skip
        if asked["kind"] == "svg":
            found = vl_convert.vegalite_to_svg(spec, **shared).encode()
        else:
            found = vl_convert.vegalite_to_png(spec, scale=PNG_SCALE, **shared)
        told.append(base64.b64encode(found).decode())
    sys.stdout.write(json.dumps(told))


if __name__ == "__main__":
    _main()
