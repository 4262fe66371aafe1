"""What can be done to an API key."""

from collections.abc import Mapping
from typing import Any

from sqlalchemy.ext.asyncio import AsyncSession

from crm_contacts.api_keys.errors import (
    ApiKeyRevokedError,
    ExpiryPassedError,
    KeyMakesKeyError,
)
from crm_contacts.api_keys.models import ApiKey
from crm_contacts.api_keys.rules import new_key
from crm_contacts.audit.statements import note
from crm_contacts.events import ApiKeyCreated, ApiKeyFacts, ApiKeyRevoked, ApiKeyUpdated
from crm_contacts.versions.use_cases import announce, changes_told
from crm_shared.actor import Actor
from crm_shared.clock import utc_now
from crm_shared.ids import new_id


async def create_api_key(
    session: AsyncSession, actor: Actor, values: Mapping[str, Any]
) -> tuple[ApiKey, str]:
    """Make a key and announce it; the key itself is told this once."""
    _check(actor, values)
    secret, key_hash, hint = new_key()
    given = {"role": "integration", "team_ids": [], "rate_limit": 50, **values}
    key = ApiKey(
        id=new_id(),
        created_at=utc_now(),
        key_hash=key_hash,
        hint=hint,
        maker_id=actor.id,
        **{**given, "scopes": sorted(set(given["scopes"]))},
    )
    session.add(key)
    await announce(session, key, ApiKeyCreated(api_key=facts_of(key), changed=[], previous={}))
    await note(session, "api-key-created", subject=("api_key", key.id), details=_rights(key))
    return key, secret


async def update_api_key(
    session: AsyncSession, actor: Actor, key: ApiKey, values: Mapping[str, Any]
) -> ApiKey:
    """Change what a key may do and announce it; a revoked one stays as it is."""
    _check(actor, values)
    if not key.is_active:
        raise ApiKeyRevokedError
    for name, value in values.items():
        setattr(key, name, sorted(set(value)) if name == "scopes" else value)
    if changes := changes_told(key, ApiKeyFacts):
        event = ApiKeyUpdated(
            api_key=facts_of(key), changed=changes.changed, previous=changes.previous
        )
        await announce(session, key, event)
        told = {"changed": changes.changed, **_rights(key)}
        await note(session, "api-key-changed", subject=("api_key", key.id), details=told)
    return key


async def adopt_api_key(session: AsyncSession, actor: Actor, key: ApiKey) -> ApiKey:
    """Answer for a key from now on, so that it outlives the account of whoever made it."""
    return await update_api_key(session, actor, key, {"maker_id": actor.id})


async def revoke_api_key(session: AsyncSession, actor: Actor, key: ApiKey) -> None:
    """End a key: every service refuses it as soon as it has heard."""
    _check(actor, {})
    key.revoke(at=utc_now())
    event = ApiKeyRevoked(api_key=facts_of(key), changed=["revoked_at"], previous={})
    await announce(session, key, event)
    await note(session, "api-key-revoked", subject=("api_key", key.id))


def _rights(key: ApiKey) -> dict[str, Any]:
    return {"role": key.role, "scopes": key.scopes, "maker_id": str(key.maker_id)}


def facts_of(key: ApiKey) -> ApiKeyFacts:
    return ApiKeyFacts.model_validate(key)


def _check(actor: Actor, values: Mapping[str, Any]) -> None:
    # a key that makes keys could outlive its own end
    if actor.kind == "api_key":
        raise KeyMakesKeyError
    expires_at = values.get("expires_at")
    if expires_at is not None and expires_at <= utc_now():
        raise ExpiryPassedError
