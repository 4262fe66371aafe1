"""Tokens: what is let in, and what is not."""

import base64
import hashlib
import hmac
import json
import time
from collections.abc import Callable
from typing import Any

import httpx
import pytest
from joserfc import jwt
from joserfc.jwk import OctKey, OKPKey, RSAKey

from crm_shared.actor import Actor, Role
from crm_shared.errors import UnauthorizedError
from crm_shared.http.tokens import TokenVerifier, sign_token
from crm_shared.ids import new_id
from crm_shared.testing.servers import public_keys, signing_key

JWKS = json.loads(public_keys())
ACTOR = Actor(new_id(), Role.SELLER, frozenset({new_id()}))


def _b64(value: bytes | dict[str, Any]) -> str:
    raw = value if isinstance(value, bytes) else json.dumps(value).encode()
    return base64.urlsafe_b64encode(raw).rstrip(b"=").decode()


def _claims(**changed: Any) -> dict[str, Any]:
    now = time.time()
    claims: dict[str, Any] = {
        "iss": "crm",
        "aud": "crm",
        "sub": str(ACTOR.id),
        "role": "admin",
        "teams": [],
    }
    claims |= {"iat": now, "nbf": now, "exp": now + 600, **changed}
    return {name: value for name, value in claims.items() if value is not None}


def _signed(claims: dict[str, Any], **header: Any) -> str:
    key = OKPKey.import_key(signing_key())
    head = _b64({"alg": "Ed25519", "kid": "tests", "typ": "JWT", **header})
    body = _b64(claims)
    private: Any = key.get_op_key("sign")
    return f"{head}.{body}.{_b64(private.sign(f'{head}.{body}'.encode()))}"


def _hs256_with_the_public_key() -> str:
    head, body = _b64({"alg": "HS256", "kid": "tests"}), _b64(_claims())
    public = JWKS["keys"][0]["x"].encode()
    mac = hmac.new(public, f"{head}.{body}".encode(), hashlib.sha256).digest()
    return f"{head}.{body}.{_b64(mac)}"


def _of_another_key(**header: Any) -> str:
    key = OKPKey.generate_key("Ed25519", private=True)
    head = {"alg": "Ed25519", "kid": "tests", **header}
    return jwt.encode(head, _claims(), key, algorithms=["Ed25519"])


def _loose_end(token: str) -> str:
    # the last character of a 64-byte signature carries four bits that decoders drop
    alphabet = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_"
    return token[:-1] + alphabet[alphabet.index(token[-1]) ^ 1]


def _with_other_claims(token: str) -> str:
    head, _, signature = token.split(".")
    return f"{head}.{_b64(_claims(role='admin', sub=str(new_id())))}.{signature}"


def _rs256() -> str:
    key = RSAKey.generate_key(2048, private=True)
    return jwt.encode({"alg": "RS256", "kid": "tests"}, _claims(), key, algorithms=["RS256"])


FORGED: dict[str, Callable[[], str]] = {
    "no algorithm": lambda: f"{_b64({'alg': 'none', 'kid': 'tests'})}.{_b64(_claims())}.",
    "HS256 with the public key": _hs256_with_the_public_key,
    "HS256 with any key": lambda: jwt.encode(
        {"alg": "HS256", "kid": "tests"}, _claims(), OctKey.generate_key(256), algorithms=["HS256"]
    ),
    "RS256": _rs256,
    "the old name EdDSA": lambda: _signed(_claims(), alg="EdDSA"),
    "another key": _of_another_key,
    "an unknown kid": lambda: _signed(_claims(), kid="other"),
    "a kid that is a path": lambda: _signed(_claims(), kid="../../dev/null"),
    "a jku": lambda: _of_another_key(jku="https://evil.example/keys"),
    "its own key in the header": lambda: _signed(_claims(), jwk=JWKS["keys"][0]),
    "crit": lambda: _signed(_claims(), crit=["exp"]),
    "another type": lambda: _signed(_claims(), typ="JWE"),
    "another issuer": lambda: _signed(_claims(iss="somebody")),
    "another audience": lambda: _signed(_claims(aud="another")),
    "several audiences": lambda: _signed(_claims(aud=["crm", "another"])),
    "expired": lambda: _signed(_claims(exp=time.time() - 61)),
    "not valid yet": lambda: _signed(_claims(nbf=time.time() + 90)),
    "issued tomorrow": lambda: _signed(_claims(iat=time.time() + 86400)),
    "without exp": lambda: _signed(_claims(exp=None)),
    "exp that is a text": lambda: _signed(_claims(exp="tomorrow")),
    "exp that is not a number": lambda: _signed(_claims(exp=float("nan"))),
    "a role that is none": lambda: _signed(_claims(role="root")),
    "the system itself": lambda: _signed(_claims(role="system")),
    "a subject that is none": lambda: _signed(_claims(sub="admin")),
    "claims that are a list": lambda: _signed([1]),  # type: ignore[arg-type]
    "other claims": lambda: _with_other_claims(sign_token(signing_key(), ACTOR)),
    "a loose end": lambda: _loose_end(sign_token(signing_key(), ACTOR)),
    "cut": lambda: sign_token(signing_key(), ACTOR)[:-10],
    "a foreign character": lambda: sign_token(signing_key(), ACTOR) + "!",
    "nonsense": lambda: "nonsense",
    "a thousand brackets": lambda: f"{_b64(b'[' * 2700)}.{_b64(_claims())}.{_b64(b'x')}",
    "too long": lambda: _signed(_claims(padding="x" * 5000)),
}


class TestTokenVerifier:
    def test_reads_who_somebody_is(self) -> None:
        verified = TokenVerifier(JWKS).verify(sign_token(signing_key(), ACTOR))

        assert verified.actor == ACTOR

    def test_forgives_a_minute_of_the_clock(self) -> None:
        late = _signed(_claims(exp=time.time() - 50))
        early = _signed(_claims(nbf=time.time() + 50, iat=time.time() + 50))

        assert TokenVerifier(JWKS).verify(late).actor == TokenVerifier(JWKS).verify(early).actor

    @pytest.mark.parametrize("name", FORGED)
    def test_refuses(self, name: str) -> None:
        with pytest.raises(UnauthorizedError):
            TokenVerifier(JWKS).verify(FORGED[name]())

    def test_does_not_let_a_remembered_token_outlive_itself(
        self, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        verifier, token = TokenVerifier(JWKS), sign_token(signing_key(), ACTOR, lifetime_s=10)
        verifier.verify(token)

        then = time.time() + 71
        monkeypatch.setattr(time, "time", lambda: then)

        with pytest.raises(UnauthorizedError):
            verifier.verify(token)

    def test_knows_both_keys_while_they_are_changed(self) -> None:
        fresh = OKPKey.generate_key("Ed25519", {"kid": "next"}, private=True)
        keys = {"keys": [*JWKS["keys"], {**fresh.as_dict(private=False), "kid": "next"}]}
        verifier = TokenVerifier(keys)
        private = {**fresh.as_dict(private=True), "kid": "next"}

        for key in (private, signing_key()):
            assert verifier.verify(sign_token(key, ACTOR)).actor == ACTOR


class TestAuthorizationHeader:
    @pytest.mark.parametrize("name", FORGED)
    async def test_answers_401_to_a_forged_token(self, sign_in: Any, name: str) -> None:
        client: httpx.AsyncClient = sign_in(None)
        token = FORGED[name]().encode("ascii", "replace")

        answer = await client.get("/v1/shoes", headers={b"Authorization": b"Bearer " + token})

        assert answer.status_code == 401
        assert answer.headers["content-type"] == "application/problem+json"
        assert answer.headers["www-authenticate"] == "Bearer"
        assert answer.json()["code"] == "unauthorized"

    @pytest.mark.parametrize("header", [None, "", "Basic YTpi", "Bearer", "Bearer ", "bearer  x"])
    async def test_answers_401_without_a_bearer_token(
        self, sign_in: Any, header: str | None
    ) -> None:
        headers = {} if header is None else {"Authorization": header}
        answer = await sign_in(None).get("/v1/shoes", headers=headers)

        assert (answer.status_code, answer.json()["code"]) == (401, "unauthorized")
