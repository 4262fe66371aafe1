"""Makes `.env`: every secret an installation needs, once; runs on a bare Python."""

import argparse
import base64
import hashlib
import json
import os
import secrets
import sys
from collections.abc import Sequence
from pathlib import Path

SERVICES = ("contacts", "deals", "notifications", "reporting")
_PRIME = 2**255 - 19
_CURVE = -121665 * pow(121666, _PRIME - 2, _PRIME) % _PRIME
_BASE_Y = 4 * pow(5, _PRIME - 2, _PRIME) % _PRIME
_BASE_X = 15112221349535400772501151409588531511454012693041857206046113283949847762202
_Point = tuple[int, int, int, int]
_BASE: _Point = (_BASE_X, _BASE_Y, 1, _BASE_X * _BASE_Y % _PRIME)


def public_key(secret: bytes) -> bytes:
    """Return the Ed25519 public key of a 32-byte secret (RFC 8032, section 5.1.5)."""
    low = bytearray(hashlib.sha512(secret).digest()[:32])
    low[0] &= 248
    low[31] = low[31] & 127 | 64
    scalar = int.from_bytes(low, "little")
    sum_: _Point = (0, 1, 1, 0)
    power = _BASE
    while scalar:
        if scalar & 1:
            sum_ = _add(sum_, power)
        power = _add(power, power)
        scalar >>= 1
    x, y, z, _ = sum_
    inverse = pow(z, _PRIME - 2, _PRIME)
    return (y * inverse % _PRIME | (x * inverse % _PRIME & 1) << 255).to_bytes(32, "little")


def _add(p: _Point, q: _Point) -> _Point:
    a, b = (p[1] - p[0]) * (q[1] - q[0]) % _PRIME, (p[1] + p[0]) * (q[1] + q[0]) % _PRIME
    c, d = 2 * p[3] * q[3] * _CURVE % _PRIME, 2 * p[2] * q[2] % _PRIME
    e, f, g, h = b - a, d - c, d + c, b + a
    return (e * f % _PRIME, g * h % _PRIME, f * g % _PRIME, e * h % _PRIME)


def make_key(secret: bytes | None = None) -> dict[str, str]:
    """Return a private JSON Web Key; its id is the thumbprint of RFC 7638."""
    secret = secret or secrets.token_bytes(32)
    x = _base64url(public_key(secret))
    thumbprint = hashlib.sha256(f'{{"crv":"Ed25519","kty":"OKP","x":"{x}"}}'.encode()).digest()
    key = {"kty": "OKP", "crv": "Ed25519", "x": x, "d": _base64url(secret)}
    return {**key, "kid": _base64url(thumbprint)[:16], "use": "sig", "alg": "Ed25519"}


def key_set(*private_keys: str) -> str:
    """Return the public halves as a JSON Web Key Set."""
    keys = [json.loads(key) for key in private_keys]
    public = [{name: value for name, value in key.items() if name != "d"} for key in keys]
    return _compact({"keys": public})


def _base64url(value: bytes) -> str:
    return base64.urlsafe_b64encode(value).rstrip(b"=").decode()


def _compact(value: object) -> str:
    return json.dumps(value, separators=(",", ":"))


def _password() -> str:
    # A letter first: nats-server would read a value like 12e4… from its environment as a number.
    return f"p{secrets.token_hex(20)}"


def complete(known: dict[str, str]) -> dict[str, str]:
    """Return the settings that `known` lacks; what is there is never changed."""
    wanted = ["POSTGRES_PASSWORD"]
    for service in SERVICES:
        name = service.upper()
        wanted += [f"{name}_DATABASE_PASSWORD"]
        wanted += [f"NATS_{name}_API_PASSWORD", f"NATS_{name}_WORKER_PASSWORD"]
    wanted += ["NATS_OPERATOR_PASSWORD", "CRM_LINK_KEY"]
    added = {name: _password() for name in wanted if name not in known}
    for name in ("CONTACTS_SIGNING_KEY", "CRM_OPERATOR_KEY"):
        if name not in known:
            added[name] = _compact(make_key())
    if "CRM_JWKS" not in known:
        both = {**known, **added}
        added["CRM_JWKS"] = key_set(both["CONTACTS_SIGNING_KEY"], both["CRM_OPERATOR_KEY"])
    return added


def read(path: Path) -> dict[str, str]:
    """Return the settings of an env file, in the form that Docker Compose reads."""
    if not path.exists():
        return {}
    settings = {}
    for line in path.read_text().splitlines():
        name, equals, value = line.partition("=")
        if equals and not name.lstrip().startswith("#"):
            settings[name.strip().removeprefix("export ")] = _unquoted(value.strip())
    return settings


def _unquoted(value: str) -> str:
    quoted = len(value) > 1 and value[0] == value[-1] and value[0] in "'\""
    return value[1:-1] if quoted else value


def write_missing(path: Path) -> list[str]:
    """Append what the file lacks, readable by its owner alone; return the names added."""
    known = read(path)
    added = complete(known)
    before = path.read_text() if path.exists() else ""
    if before and not before.endswith("\n"):
        before += "\n"
    if not before:
        before = (
            "# Secrets of this installation: keep them, and keep them out of version control.\n"
        )
    after = before + "".join(f"{name}='{value}'\n" for name, value in added.items())
    # Replaced as a whole, so that a full disk leaves the old file and not half of a new one.
    draft = path.with_name(f"{path.name}.new")
    with os.fdopen(os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "w") as file:
        file.write(after)
    draft.replace(path)
    return list(added)


def main(arguments: Sequence[str] | None = None) -> int:
    """Make or complete `.env` beside docker-compose.yml."""
    parser = argparse.ArgumentParser(prog="crm env", description=main.__doc__)
    root = Path(__file__).resolve().parents[2]
    parser.add_argument("--file", type=Path, default=root / ".env", help="the file to write")
    parser.add_argument("--json", action="store_true", help="print the result as JSON")
    chosen = parser.parse_args(arguments)
    try:
        added = write_missing(chosen.file)
    except OSError as refused:
        sys.stderr.write(f"{chosen.file} cannot be written: {refused.strerror}\n")
        return 1
    if chosen.json:
        print(_compact({"file": str(chosen.file), "added": added}))
    else:
        print(f"{chosen.file}: {len(added)} settings added, none changed.")
        print("Next: docker compose up")
    return 0


if __name__ == "__main__":
    sys.exit(main())
