"""Signing keys and tokens."""

import json
from datetime import timedelta
from pathlib import Path

import pytest
from joserfc.jwk import OKPKey, RSAKey
from pydantic import ValidationError

from crm_contacts.auth.tokens import public_jwk, sign
from crm_contacts.settings import Settings, read_key
from crm_shared.clock import utc_now
from crm_shared.errors import UnauthorizedError
from crm_shared.http.tokens import TokenVerifier
from crm_shared.ids import new_id


def key(**parameters: str) -> OKPKey:
    return OKPKey.generate_key("Ed25519", parameters or None)  # type: ignore[arg-type]


class TestSign:
    def test_makes_a_token_that_the_public_half_accepts(self) -> None:
        private, user_id, team_id = key(), new_id(), new_id()

        token = sign(private, user_id=user_id, role="head", team_ids=[team_id], now=utc_now())

        actor = TokenVerifier({"keys": [public_jwk(private)]}).verify(token).actor
        assert (actor.id, actor.role, actor.team_ids) == (user_id, "head", frozenset({team_id}))

    def test_makes_tokens_that_end(self) -> None:
        private = key()
        past = utc_now() - timedelta(hours=1)

        token = sign(private, user_id=new_id(), role="admin", now=past)

        with pytest.raises(UnauthorizedError):
            TokenVerifier({"keys": [public_jwk(private)]}).verify(token)


class TestReadKey:
    def test_takes_json_and_a_path(self, tmp_path: Path) -> None:
        private = json.dumps(key(kid="k1").as_dict(private=True))
        (tmp_path / "key.json").write_text(private)

        assert read_key(private).kid == read_key(str(tmp_path / "key.json")).kid == "k1"

    def test_refuses_public_halves_and_other_kinds(self) -> None:
        public = json.dumps(key().as_dict(private=False))
        rsa = json.dumps(RSAKey.generate_key(2048).as_dict(private=True))

        for wrong in (public, rsa, "{}", "{not json"):
            with pytest.raises(ValueError, match=r"[Kk]ey"):
                read_key(wrong)


class TestSettings:
    @pytest.mark.parametrize(
        ("name", "value"),
        [("signing_key", "/no/such/file"), ("signing_key", "{}"), ("phone_region", "ZZ")],
    )
    def test_name_what_is_wrong_and_keep_its_value_to_themselves(
        self, settings: Settings, name: str, value: str
    ) -> None:
        given = settings.model_dump()
        with pytest.raises(ValidationError) as refused:
            Settings(**{**given, "signing_key": settings.signing_key, name: value})

        [error] = refused.value.errors(include_input=False)
        assert name in str(error["loc"][0]).lower()
