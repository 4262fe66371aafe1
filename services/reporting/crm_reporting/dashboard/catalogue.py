"""The files of the dashboard, read once: what a browser gets, and under which name."""

import gzip
from dataclasses import dataclass
from functools import cache, cached_property
from hashlib import sha256
from pathlib import Path

HOME = Path(__file__).with_name("static")
PAGE = "index.html"
MEDIA_TYPES = {
    ".css": "text/css; charset=utf-8",
    ".html": "text/html; charset=utf-8",
    ".js": "text/javascript; charset=utf-8",
    ".svg": "image/svg+xml",
}
TAG_DIGITS = 16


@dataclass(frozen=True)
class Asset:
    """One file as it is sent."""

    media_type: str
    body: bytes

    @cached_property
    def packed(self) -> bytes:
        """The body for those who understand gzip; the charts are half a megabyte less."""
        return gzip.compress(self.body, 6, mtime=0)

    @cached_property
    def tag(self) -> str:
        return sha256(self.body).hexdigest()[:TAG_DIGITS]


@cache
def assets() -> dict[str, Asset]:
    """Return every file by its path; what is not in here does not exist for a browser."""
    return {
        path.relative_to(HOME).as_posix(): Asset(MEDIA_TYPES[path.suffix], path.read_bytes())
        for path in sorted(HOME.rglob("*"))
        if path.suffix in MEDIA_TYPES
    }


@cache
def build() -> str:
    """Return what all files together are called: another release, another name."""
    told = sha256()
    for name, asset in assets().items():
        told.update(f"{name}\n{asset.tag}\n".encode())
    return told.hexdigest()[:TAG_DIGITS]
