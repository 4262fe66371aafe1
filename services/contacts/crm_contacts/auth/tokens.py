"""Access tokens: signed here and by `./crm token`, checked by every service without us."""

from collections.abc import Collection
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from joserfc.jwk import OKPKey

from crm_contacts.auth.rules import ACCESS_TOKEN_LIFE
from crm_shared.actor import Actor, Role
from crm_shared.http.tokens import ALGORITHM, sign_token


def key_id(key: OKPKey) -> str:
    """Return the key's `kid`, or its thumbprint when it has none."""
    return key.kid or key.thumbprint()


def public_jwk(key: OKPKey) -> dict[str, Any]:
    """Return the public half, as it stands in a key set."""
    public = key.as_dict(private=False)
    return {**public, "kid": key_id(key), "use": "sig", "alg": ALGORITHM}


def sign(
    key: OKPKey,
    *,
    user_id: UUID,
    role: str,
    team_ids: Collection[UUID] = (),
    now: datetime,
    life: timedelta = ACCESS_TOKEN_LIFE,
) -> str:
    """Return an access token: JWS `Ed25519`, claims iss aud sub role teams iat nbf exp."""
    private = {**key.as_dict(private=True), "kid": key_id(key)}
    actor = Actor(user_id, Role(role), frozenset(team_ids))
    return sign_token(private, actor, lifetime_s=int(life.total_seconds()), now=now.timestamp())
