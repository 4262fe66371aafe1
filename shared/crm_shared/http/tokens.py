"""Access tokens: signed by contacts with Ed25519, checked by every service by itself."""

import binascii
import json
import math
import time
from base64 import urlsafe_b64decode, urlsafe_b64encode
from collections import OrderedDict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any, Literal
from uuid import UUID

from joserfc import jwt
from joserfc.errors import JoseError
from joserfc.jwk import OKPKey

from crm_shared.actor import Actor, Role
from crm_shared.errors import UnauthorizedError
from crm_shared.ids import new_id

ISSUER = "crm"
AUDIENCE = "crm"
ALGORITHM = "Ed25519"
LEEWAY_S = 60
LIFETIME_S = 600
CACHED_FOR_S = 60
CACHE_SIZE = 4096
MAX_TOKEN = 4096
TOKEN_PARTS = 3
# anything else in a header (jku, jwk, x5u, crit …) would ask us to trust the token's own word
HEADER_NAMES = frozenset({"alg", "kid", "typ"})
# how a text says that it is no token: a header of a thousand brackets ends the reader's patience
NOT_ONE_OF_OURS = (JoseError, ValueError, KeyError, TypeError, OverflowError, RecursionError)


@dataclass(frozen=True, slots=True)
class Verified:
    """What a valid token says."""

    actor: Actor
    issued_at: float
    expires_at: float


def sign_token(
    private_jwk: Mapping[str, Any],
    actor: Actor,
    *,
    lifetime_s: int = LIFETIME_S,
    now: float | None = None,
) -> str:
    """Return an access token for `actor`, signed with a private Ed25519 key that has a `kid`."""
    # cut, not rounded: a token must not be younger than a revocation that followed it
    issued = math.floor((time.time() if now is None else now) * 1000) / 1000
    claims = {
        "iss": ISSUER,
        "aud": AUDIENCE,
        "sub": str(actor.id),
        "role": str(actor.role),
        "teams": [str(team) for team in sorted(actor.team_ids)],
        "kind": actor.kind,
        "iat": issued,
        "nbf": issued,
        "exp": issued + lifetime_s,
        "jti": str(new_id()),
    }
    key = OKPKey.import_key(dict(private_jwk))
    header = {"alg": ALGORITHM, "kid": str(private_jwk["kid"])}
    return jwt.encode(header, claims, key, algorithms=[ALGORITHM])


class TokenVerifier:
    """Checks tokens against the configured keys; remembers valid ones for a minute."""

    def __init__(self, jwks: Mapping[str, Any]) -> None:
        self._keys = dict(_keys(jwks["keys"]))
        self._verified: OrderedDict[str, tuple[Verified, float]] = OrderedDict()

    def verify(self, token: str) -> Verified:
        """Return what the token says, or raise UnauthorizedError; never says why to the caller."""
        now = time.time()
        known = self._verified.get(token)
        if known is not None and now < known[1]:
            return known[0]
        try:
            verified = self._check(token, now)
        except NOT_ONE_OF_OURS as refused:
            self._verified.pop(token, None)
            raise UnauthorizedError("The access token is not valid.") from refused
        self._remember(token, verified, now)
        return verified

    def _remember(self, token: str, verified: Verified, now: float) -> None:
        until = min(verified.expires_at + LEEWAY_S, now + CACHED_FOR_S)
        self._verified[token] = (verified, until)
        self._verified.move_to_end(token)
        if len(self._verified) > CACHE_SIZE:
            self._verified.popitem(last=False)

    def _check(self, token: str, now: float) -> Verified:
        if len(token) > MAX_TOKEN or token.count(".") != TOKEN_PARTS - 1:
            raise ValueError("not a compact token")
        for part in token.split("."):
            _canonical(part)
        header = json.loads(_decoded(token.split(".", maxsplit=1)[0]))
        if not isinstance(header, dict) or not set(header) <= HEADER_NAMES:
            raise ValueError("a header that is not ours")
        if header["alg"] != ALGORITHM or header.get("typ", "JWT") != "JWT":
            raise ValueError("another algorithm or type")
        claims = jwt.decode(token, self._keys[header["kid"]], algorithms=[ALGORITHM]).claims
        return _read_claims(claims, now)


def _keys(jwks: Iterable[Mapping[str, Any]]) -> Iterable[tuple[str, OKPKey]]:
    for jwk in jwks:
        if jwk.get("kty") == "OKP" and jwk.get("crv") == ALGORITHM:
            public = {name: jwk[name] for name in ("kty", "crv", "x", "kid")}
            yield str(jwk["kid"]), OKPKey.import_key(public)


def _decoded(part: str) -> bytes:
    return urlsafe_b64decode(part + "=" * (-len(part) % 4))


def _canonical(part: str) -> None:
    # base64 ignores foreign characters and loose end bits: one token, one spelling
    try:
        again = urlsafe_b64encode(_decoded(part)).rstrip(b"=")
    except binascii.Error as broken:
        raise ValueError("broken base64") from broken
    if again != part.encode():
        raise ValueError("an unusual spelling")


def _read_claims(claims: Mapping[str, Any], now: float) -> Verified:
    expires, issued = _moment(claims["exp"]), _moment(claims["iat"])
    not_before = _moment(claims.get("nbf", claims["iat"]))
    if expires + LEEWAY_S <= now or max(not_before, issued) - LEEWAY_S > now:
        raise ValueError("expired or not valid yet")
    if claims["iss"] != ISSUER or claims["aud"] not in (AUDIENCE, [AUDIENCE]):
        raise ValueError("for somebody else")
    role = Role(claims["role"])
    kind: Literal["user", "api_key"] = "api_key" if claims.get("kind") == "api_key" else "user"
    if role is Role.SYSTEM or claims.get("kind", "user") != kind:
        raise ValueError("nobody signs in as the system")
    teams = frozenset(UUID(team) for team in claims.get("teams", ()))
    return Verified(Actor(UUID(claims["sub"]), role, teams, kind), issued, expires)


def _moment(value: object) -> float:
    if isinstance(value, bool) or not isinstance(value, int | float) or not math.isfinite(value):
        raise ValueError("not a moment")
    return float(value)
