"""The tables behind the street, the same in every service's database."""

from sqlalchemy import (
    ARRAY,
    BigInteger,
    Boolean,
    Column,
    Identity,
    Index,
    Integer,
    LargeBinary,
    MetaData,
    PrimaryKeyConstraint,
    SmallInteger,
    String,
    Table,
    Text,
    UniqueConstraint,
    Uuid,
    func,
    text,
)
from sqlalchemy.dialects.postgresql import JSONB

from crm_shared.db.types import NAMING, UtcDateTime

INFRASTRUCTURE = MetaData(naming_convention=NAMING)
WAITING = text("published_at IS NULL")
PARKED = text("published_at IS NULL AND next_attempt_at IS NOT NULL")

# Published rows are the event log and stay; only the waiting ones are indexed for the relay.
OUTBOX = Table(
    "outbox",
    INFRASTRUCTURE,
    Column("id", BigInteger, Identity(always=True), primary_key=True),
    Column("event_id", Uuid, nullable=False),
    Column("aggregate_id", Uuid, nullable=False),
    Column("revision", Integer, nullable=False),
    Column("type", Text, nullable=False),
    Column("envelope", Text, nullable=False),
    Column("bulk", Boolean, nullable=False, server_default=text("false")),
    Column("recorded_at", UtcDateTime, nullable=False, server_default=func.now()),
    Column("published_at", UtcDateTime),
    Column("stream_seq", BigInteger),
    Column("attempts", SmallInteger, nullable=False, server_default=text("0")),
    Column("last_error", Text),
    Column("next_attempt_at", UtcDateTime),
    UniqueConstraint("aggregate_id", "revision"),
    UniqueConstraint("event_id"),
    Index("ix_outbox_waiting", "bulk", "id", postgresql_where=WAITING),
    Index("ix_outbox_parked", "aggregate_id", postgresql_where=PARKED),
    Index("ix_outbox_stream_seq", "stream_seq", postgresql_where=text("stream_seq IS NOT NULL")),
)

INBOX = Table(
    "inbox",
    INFRASTRUCTURE,
    Column("durable", Text, nullable=False),
    Column("event_id", Uuid, nullable=False),
    Column("handled_at", UtcDateTime, nullable=False, server_default=func.now()),
    PrimaryKeyConstraint("event_id", "durable"),
    Index("ix_inbox_handled_at", "handled_at", postgresql_using="brin"),
)

DURABLES = Table(
    "durables",
    INFRASTRUCTURE,
    Column("durable", Text, primary_key=True),
    Column("registered_at", UtcDateTime, nullable=False, server_default=func.now()),
)

DEAD_LETTERS = Table(
    "dead_letters",
    INFRASTRUCTURE,
    Column("id", Uuid, primary_key=True),
    Column("durable", Text, nullable=False),
    Column("event_id", Uuid),
    Column("type", Text),
    Column("subject", Text),
    Column("stream", Text, nullable=False),
    Column("stream_seq", BigInteger, nullable=False),
    Column("payload", LargeBinary, nullable=False),
    Column("reason", Text, nullable=False),
    Column("error_class", Text),
    Column("attempts", Integer, nullable=False),
    Column("state", Text, nullable=False, server_default=text("'open'")),
    Column("note", Text),
    Column("first_at", UtcDateTime, nullable=False, server_default=func.now()),
    Column("last_at", UtcDateTime, nullable=False, server_default=func.now()),
    UniqueConstraint("durable", "stream", "stream_seq"),
    Index("ix_dead_letters_open", "state", "id", postgresql_where=text("state <> 'done'")),
)

REFS = Table(
    "refs",
    INFRASTRUCTURE,
    Column("kind", Text, nullable=False),
    Column("id", Uuid, nullable=False),
    Column("revision", Integer, nullable=False),
    Column("source_system", Text),
    Column("external_id", Text),
    Column("data", JSONB, nullable=False),
    PrimaryKeyConstraint("kind", "id"),
    Index("ix_refs_external", "kind", "source_system", "external_id"),
)

ALIASES = Table(
    "aliases",
    INFRASTRUCTURE,
    Column("loser_id", Uuid, primary_key=True),
    # where the chain ends: what readers follow; `into_id` is what was said
    Column("survivor_id", Uuid, nullable=False),
    Column("into_id", Uuid, nullable=False),
    Column("kind", Text, nullable=False),
    Column("revision", Integer, nullable=False),
    Index("ix_aliases_survivor_id", "survivor_id"),
    Index("ix_aliases_into_id", "into_id"),
)

KNOWN_USERS = Table(
    "known_users",
    INFRASTRUCTURE,
    Column("id", Uuid, primary_key=True),
    Column("role", Text, nullable=False),
    Column("team_ids", ARRAY(Uuid), nullable=False),
    Column("is_active", Boolean, nullable=False),
    Column("tokens_valid_from", UtcDateTime),
    Column("absences", JSONB, nullable=False, server_default=text("'[]'::jsonb")),
    Column("revision", Integer, nullable=False),
    Column("changed_at", UtcDateTime, nullable=False, server_default=func.now()),
    Index("ix_known_users_changed_at", "changed_at"),
)

KNOWN_TEAMS = Table(
    "known_teams",
    INFRASTRUCTURE,
    Column("id", Uuid, primary_key=True),
    Column("head_id", Uuid),
    Column("parent_id", Uuid),
    Column("is_active", Boolean, nullable=False),
    Column("revision", Integer, nullable=False),
)

# What a key is, as contacts told by event; when it was last used here is this service's own word.
KNOWN_API_KEYS = Table(
    "known_api_keys",
    INFRASTRUCTURE,
    Column("id", Uuid, primary_key=True),
    Column("key_hash", Text, nullable=False),
    Column("role", Text, nullable=False),
    Column("team_ids", ARRAY(Uuid), nullable=False),
    Column("scopes", ARRAY(Text), nullable=False),
    Column("rate_limit", Integer, nullable=False),
    Column("maker_id", Uuid, nullable=False),
    Column("is_active", Boolean, nullable=False),
    Column("expires_at", UtcDateTime),
    Column("revision", Integer, nullable=False),
    Column("changed_at", UtcDateTime, nullable=False, server_default=func.now()),
    Column("last_used_at", UtcDateTime),
    Index("ix_known_api_keys_changed_at", "changed_at"),
)

# Who was erased here: ids only, kept for good, so that a restored copy can be emptied again.
ERASED = Table(
    "erased",
    INFRASTRUCTURE,
    Column("id", Uuid, primary_key=True),
    Column("revision", Integer, nullable=False, server_default=text("1")),
    Column("erased_at", UtcDateTime, nullable=False, server_default=func.now()),
)

IDEMPOTENCY_KEYS = Table(
    "idempotency_keys",
    INFRASTRUCTURE,
    Column("actor_id", Uuid, nullable=False),
    Column("route", Text, nullable=False),
    Column("key", String(255), nullable=False),
    Column("body_hash", LargeBinary, nullable=False),
    Column("status", SmallInteger),
    Column("headers", JSONB),
    Column("body", LargeBinary),
    Column("created_at", UtcDateTime, nullable=False, server_default=func.now()),
    PrimaryKeyConstraint("actor_id", "route", "key"),
    Index("ix_idempotency_keys_created_at", "created_at"),
)

RULE_RUNS = Table(
    "rule_runs",
    INFRASTRUCTURE,
    Column("rule_id", Uuid, nullable=False),
    Column("rule_version", Integer, nullable=False),
    Column("event_id", Uuid, nullable=False),
    Column("subject_id", Uuid, nullable=False),
    Column("outcome", Text, nullable=False),
    Column("reason", Text),
    Column("ran_at", UtcDateTime, nullable=False, server_default=func.now()),
    PrimaryKeyConstraint("rule_id", "rule_version", "event_id"),
    Index("ix_rule_runs_ran_at", "ran_at"),
)
