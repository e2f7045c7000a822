"""Bringing a database to the current schema. Safe to call on every start and from several nodes at once."""

from pathlib import Path

from alembic import command
from alembic.autogenerate import compare_metadata
from alembic.config import Config
from alembic.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import Connection, Engine, text

from store.search.index import INDEX_TABLES, make_index
from store.tables import metadata

_FOLDER = Path(__file__).parent / "migrations"
_LOCK = 0x1A7A4E  # any number, as long as it is this one


class NewerSchemaError(Exception):
    """The database was migrated by a later release than this one; run that release."""


def migrate(engine: Engine, revision: str = "head") -> None:
    """Migrate up to `revision`. Raises NewerSchemaError, or what the database raised (then nothing is changed)."""
    with engine.begin() as connection:
        if connection.dialect.name == "postgresql":
            connection.execute(text("SELECT pg_advisory_xact_lock(:key)"), {"key": _LOCK})
        current = schema_revision(connection)
        known = {script.revision for script in _scripts().walk_revisions()}
        if current is not None and current not in known:
            raise NewerSchemaError(f"the database is at schema {current}, which this release does not know")
        make_index(connection)
        if revision == "head" and current == _scripts().get_current_head():
            return
        config = _config()
        config.attributes["connection"] = connection
        command.upgrade(config, revision)


def schema_revision(connection: Connection) -> str | None:
    """The revision the database is at; None for an empty one."""
    return MigrationContext.configure(connection).get_current_revision()


def differences(connection: Connection) -> list[object]:
    """What distinguishes the database from `store.tables`; empty when it is current."""
    context = MigrationContext.configure(connection, opts={"compare_type": False, "include_name": _is_ours})
    return list(compare_metadata(context, metadata))


def _is_ours(name: str | None, kind: str, _parents: object) -> bool:
    """The full-text index is made beside the migrations."""
    return kind != "table" or name not in INDEX_TABLES


def _config() -> Config:
    config = Config()
    config.set_main_option("script_location", str(_FOLDER))
    return config


def _scripts() -> ScriptDirectory:
    return ScriptDirectory.from_config(_config())
