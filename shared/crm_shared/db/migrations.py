"""Alembic for every service: `upgrade`, `downgrade`, `new`, and what `env.py` runs."""

import argparse
import asyncio
import importlib
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from alembic import command, context
from alembic.autogenerate import compare_metadata
from alembic.config import Config
from alembic.runtime.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import Connection, MetaData, text
from sqlalchemy.ext.asyncio import create_async_engine
from sqlalchemy.pool import NullPool

from crm_shared.db.infrastructure import INFRASTRUCTURE

# one key for all: two replicas that start at once must not migrate one database together
LOCK_KEY = 7_274_001


def metadata_of(package: str) -> list[MetaData]:
    """Return everything that the service's database holds."""
    own: MetaData = importlib.import_module(f"{package}.tables").METADATA
    return [own, INFRASTRUCTURE]


def config_of(package: str, url: str) -> Config:
    """Return Alembic's configuration of a service; nothing of it stands in a file."""
    module = importlib.import_module(package)
    home = Path(str(module.__file__)).parent.parent / "migrations"
    config = Config()
    config.set_main_option("script_location", str(home))
    config.set_main_option("file_template", "%%(rev)s_%%(slug)s")
    config.attributes["url"] = url
    return config


def upgrade(package: str, url: str, revision: str = "head") -> None:
    """Bring a database to a revision; several at once wait for each other."""
    command.upgrade(config_of(package, url), revision)


def downgrade(package: str, url: str, revision: str = "base") -> None:
    """Take a database back to a revision."""
    command.downgrade(config_of(package, url), revision)


def head_of(package: str) -> str | None:
    """Return the newest revision that the code knows."""
    return ScriptDirectory.from_config(config_of(package, "")).get_current_head()


def new(package: str, url: str, message: str) -> None:
    """Write the migration that takes the database to what the models say."""
    stamp = datetime.now(UTC).strftime("%Y%m%d_%H%M")
    command.revision(config_of(package, url), message, autogenerate=True, rev_id=stamp)


def differences(package: str, connection: Connection) -> list[Any]:
    """Return where the database and the models disagree."""
    found = MigrationContext.configure(connection, opts={"compare_type": True})
    return list(compare_metadata(found, metadata_of(package)))  # type: ignore[arg-type]


def run(package: str) -> None:
    """Do what Alembic asked for: `env.py` of a service is one call of this."""
    asyncio.run(_run(package, context.config.attributes["url"]))


async def _run(package: str, url: str) -> None:
    engine = create_async_engine(url, poolclass=NullPool)
    try:
        async with engine.connect() as connection:
            await connection.execute(text("SELECT pg_advisory_lock(:key)"), {"key": LOCK_KEY})
            await connection.commit()
            await connection.run_sync(lambda sync: _migrate(package, sync))
            await connection.commit()
    finally:
        await engine.dispose()


def _migrate(package: str, connection: Connection) -> None:
    context.configure(
        connection=connection,
        target_metadata=metadata_of(package),
        compare_type=True,
        transaction_per_migration=True,
    )
    with context.begin_transaction():
        context.run_migrations()


def main() -> None:
    """`python -m crm_shared.db.migrations new|upgrade|downgrade PACKAGE --url URL [-m TEXT]`."""
    parser = argparse.ArgumentParser(description=main.__doc__)
    parser.add_argument("action", choices=["new", "upgrade", "downgrade"])
    parser.add_argument("package")
    parser.add_argument("--url", required=True)
    parser.add_argument("-m", "--message", default="initial")
    options = parser.parse_args()
    if options.action == "new":
        new(options.package, options.url, options.message)
    elif options.action == "upgrade":
        upgrade(options.package, options.url)
    else:
        downgrade(options.package, options.url)


if __name__ == "__main__":
    main()
