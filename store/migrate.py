"""Bringing a database to the current schema. Safe to call on every start and from several nodes at once."""

from pathlib import Path
from typing import TYPE_CHECKING, Final

from sqlalchemy import Connection, Engine, inspect, text

from store.search.index import INDEX_TABLES, make_index
from store.tables import metadata

# Alembic is imported where there is something to do for it: it takes 10 MB, and most starts find nothing.
if TYPE_CHECKING:
    from alembic.config import Config

HEAD: Final = "0001"  # the newest of `migrations`

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
        if current == HEAD and revision in {HEAD, "head"}:
            make_index(connection)
        else:
            _upgrade(connection, current, revision)


def schema_revision(connection: Connection) -> str | None:
    """The revision the database is at; None for an empty one."""
    if not inspect(connection).has_table("alembic_version"):
        return None
    found: str | None = connection.execute(text("SELECT version_num FROM alembic_version")).scalar()
    return found


def _upgrade(connection: Connection, current: str | None, revision: str) -> None:
    from alembic import command  # noqa: PLC0415
    from alembic.script import ScriptDirectory  # noqa: PLC0415

    config = _config()
    known = {script.revision for script in ScriptDirectory.from_config(config).walk_revisions()}
    if current is not None and current not in known:
        raise NewerSchemaError(f"the database is at schema {current}, which this release does not know")
    make_index(connection)
    config.attributes["connection"] = connection
    command.upgrade(config, revision)


def differences(connection: Connection) -> list[object]:
    """What distinguishes the database from `store.tables`; empty when it is current."""
    from alembic.autogenerate import compare_metadata  # noqa: PLC0415
    from alembic.migration import MigrationContext  # noqa: PLC0415

    context = MigrationContext.configure(connection, opts={"compare_type": False, "include_name": _is_ours})
    return list(compare_metadata(context, metadata))


def _is_ours(name: str | None, kind: str, _parents: object) -> bool:
    """The full-text index is made beside the migrations."""
    return kind != "table" or name not in INDEX_TABLES


def _config() -> "Config":
    from alembic.config import Config  # noqa: PLC0415

    config = Config()
    config.set_main_option("script_location", str(_FOLDER))
    return config
