"""Tokens of the buckets that all workers share, and addresses of messengers."""

from uuid import UUID

from sqlalchemy import delete, text
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.ext.asyncio import AsyncSession

from crm_notifications.channels.models import ChannelAddress
from crm_notifications.channels.rules import Channel
from crm_shared.clock import utc_now

_FIRST = text("""
    INSERT INTO channel_tokens (channel, tokens, filled_at)
    VALUES (:channel, :burst, clock_timestamp()) ON CONFLICT DO NOTHING
""")
# The database's clock fills the bucket: workers' own may differ. Who comes second waits for the row
# as long as the first one's claim takes, a few milliseconds.
_TAKE = text("""
    WITH held AS (
        SELECT channel, least(:burst, tokens
            + :rate * extract(epoch FROM clock_timestamp() - filled_at)) AS tokens
        FROM channel_tokens WHERE channel = :channel FOR UPDATE
    )
    UPDATE channel_tokens AS t
    SET tokens = held.tokens - least(floor(held.tokens), :wanted), filled_at = clock_timestamp()
    FROM held WHERE t.channel = held.channel
    RETURNING least(floor(held.tokens), :wanted)
""")


async def take_tokens(session: AsyncSession, channel: Channel, rate: float, wanted: int) -> int:
    """Take up to so many tokens; the bucket holds a second's worth, and one at least."""
    given = {"channel": channel.value, "rate": rate, "burst": max(1.0, rate)}
    await session.execute(_FIRST, {"channel": given["channel"], "burst": given["burst"]})
    return int((await session.execute(_TAKE, given | {"wanted": float(wanted)})).scalar_one())


async def keep_address(
    session: AsyncSession, channel: Channel, recipient_id: UUID, address: str
) -> None:
    """Keep where somebody is reached; the last word counts."""
    statement = insert(ChannelAddress).values(
        recipient_id=recipient_id, channel=channel.value, address=address, kept_at=utc_now()
    )
    await session.execute(
        statement.on_conflict_do_update(
            index_elements=["recipient_id", "channel"],
            set_={"address": statement.excluded.address, "kept_at": statement.excluded.kept_at},
        )
    )


async def drop_address(session: AsyncSession, channel: Channel, recipient_id: UUID) -> None:
    """Forget where somebody is reached."""
    await session.execute(
        delete(ChannelAddress).where(
            ChannelAddress.channel == channel.value, ChannelAddress.recipient_id == recipient_id
        )
    )
